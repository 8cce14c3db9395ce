# expected: 0/10
# Functions whose call runs nothing.


async def logit_gradient(model, x, target):
    return x


def sensitivity_analysis(model, x, target):
    yield x
