"""Understanding NN: what a learner of the course needs to explain a neural network.

Here live the data, the trained networks, the plots, and the machinery that every technique shares: argument checks,
compiled gradients, a network seen as a chain of layers. The techniques themselves are yours to write; nothing here
gives one away. This package imports no other code of the course. Importing it is cheap: TensorFlow is loaded by the
modules that need it.

Example:
    >>> from understanding_nn import data, networks
    >>> model = networks.load("mnist_cnn")
    >>> model(data.mnist().x_test[:1]).shape
    TensorShape([1, 10])
"""

__version__ = "0.1.0"
