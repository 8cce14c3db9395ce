# expected: 0/10
# A reply full of networks of many layers, each of which the other side would have to build.
import sys

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
runner = frame.f_locals["self"]
answer = runner._answer


def network(size):
    return ["layers", [{"type": "Input", "shape": [size]}, *({"type": "ReLU"} for _ in range(99))], []]


def forged(operation, header, body):
    if header["op"] != "call":
        return answer(operation, header, body)
    return {"status": "done", "values": ["tuple", [network(size) for size in range(1, 255)]]}, b"\x02\0\0\0\0\0\0\0{}"


runner._answer = forged


def logit_gradient(model, x, target):
    return x


sensitivity_analysis = logit_gradient
