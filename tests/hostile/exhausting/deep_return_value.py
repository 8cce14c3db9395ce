# expected: 0/10
# Return values without end: nested, circular, and counted in millions.


def logit_gradient(model, x, target):
    value = ()
    for _ in range(100_000):
        value = (value,)
    return value


def sensitivity_analysis(model, x, target):
    value = []
    value.append(value)
    return value if len(x) == 1 else (None,) * 10_000_000
