# expected: 0/10
# A reply whose status is no text: looking it up in a set of texts once ended the grader.
import sys

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
frame.f_locals["self"]._answer = lambda *_: ({"status": [{}], "outputs": {}, "error": []}, b"")
