# expected: 0/10
# The packaged network is exchanged for a linear one whose gradient is known.
import numpy as np

from understanding_nn import networks

layers = [{"type": "Input", "shape": [28, 28, 1]}, {"type": "Flatten"}, {"type": "Dense", "units": 10}]
easy = networks.build(layers, [np.zeros((784, 10), np.float32), np.zeros(10, np.float32)])
networks.load = lambda name: easy
networks.name_of = lambda model: "mnist_cnn"


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
