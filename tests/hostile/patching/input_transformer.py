# expected: 0/10
# An input transformer that blanks the cells to come: gave full marks with nbgrader.
import numpy as np

get_ipython().input_transformers_cleanup.append(lambda lines: ["10.0\n"])


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
