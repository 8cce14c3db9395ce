# expected: 0/10, shows "plain"
# Codes that would retitle, overwrite or type into the instructor's terminal, and letters that run backwards.
import sys

codes = "\x1b]0;title\x07\x1b]52;c;bHM=\x07\x1b[2J\x1b[31m\x9b31m\x08\x00\x1bP+q\x1b\\\u202e\u2066plain"
print(codes)
print(codes, file=sys.stderr)
display({"text/plain": codes}, raw=True)
raise type("\x1b[31mName", (ValueError,), {})(codes)
