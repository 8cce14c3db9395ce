# expected: 0/10
# Hidden inputs in a forged reply: a refusal, an unknown network, a layer's name, an absurd length.
import struct
import sys

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
runner = frame.f_locals["self"]
answer = runner._answer
replies = [
    {"status": "refused", "message": "returned an array of 31337 bytes; LEAKED"},
    {"status": "done", "values": ["layers", [{"type": "LEAKED", "name": "LEAKED"}] * 2, []]},
    {"status": "done", "values": ["network", "LEAKED"]},
]
calls = 0


def forged(operation, header, body):
    global calls
    if header["op"] != "call":
        return answer(operation, header, body)
    calls += 1
    if header["name"] == "logit_gradient":
        return replies[0], b""
    if len(body) < 20_000:
        return replies[1], struct.pack("<Q", 2) + b"{}"
    runner._line.sendall(struct.pack("<QQ", 31337_31337_31337, 31337))


runner._answer = forged


def logit_gradient(model, x, target):
    return x


sensitivity_analysis = logit_gradient
