# expected: 0/10
# Values of no known kind in every part of a reply: trees, numbers, outputs.
import sys

frame = sys._getframe()
while frame.f_code.co_name != "serve":
    frame = frame.f_back
runner = frame.f_locals["self"]
answer = runner._answer
odd = {
    "outputs": [
        *({"output_type": kind} for kind in ("stream", "display_data", "execute_result", "error", "pyout", [], None)),
        {"output_type": "stream", "text": ["LEAKED"], "name": {}},
        {"output_type": "error", "ename": [], "evalue": {}, "traceback": [1, {}, None]},
        {"output_type": "display_data", "data": {"text/html": "LEAKED", "image/png": "LEAKED", "text/plain": 3}},
        {"output_type": "display_data", "data": [], "metadata": {"LEAKED": 1}},
    ],
    "error": {"a": 1},
}
trees = [
    ["array", -1],
    ["array", True],
    ["int", 2**80],
    ["float", "LEAKED"],
    ["float", "0x1p99999"],
    ["tuple", [["tuple", [["tuple", [["tuple", [["tuple", [["tuple", []]]]]]]]]]]],
    ["layers", [{"type": "Input", "shape": [10**300]}, {"type": "Dropout", "rate": {}}], []],
    ["layers", [{"type": "Input", "shape": [3]}, {"type": "Dropout", "rate": "x"}], []],
    ["layers", [{"type": "Input", "shape": [3]}, {"type": "Dense", "units": 1e308, "use_bias": []}], []],
]


def forged(operation, header, body):
    reply, arrays = answer(operation, header, body)
    if header["op"] == "call":
        return {**reply, "values": trees[(header["number"] + len(body)) % len(trees)]}, b"\x02\0\0\0\0\0\0\0{}"
    return {**reply, **odd}, b""


runner._answer = forged


def logit_gradient(model, x, target):
    return x


sensitivity_analysis = logit_gradient
