# expected: 0/10
# Frames of absurd length, frames that are no JSON, JSON nested without end, in every reply to a call.
import struct
import sys

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
runner = frame.f_locals["self"]
answer = runner._answer
texts = [b"[" * 100_000, b'{"number": NaN}', b"\xff\xfe{", b'"status"', b'{"number": ' + b"9" * 10_000 + b"}"]


def forged(operation, header, body):
    if header["op"] != "call":
        return answer(operation, header, body)
    text = texts[header["number"] % len(texts)]
    length = len(text) if header["name"] == "logit_gradient" else 2**64 - 1
    runner._line.sendall(struct.pack("<QQ", length, 0) + text)
    return {"status": "done"}, b""


runner._answer = forged


def logit_gradient(model, x, target):
    return x


sensitivity_analysis = logit_gradient
