"""The trained networks of the course, and networks as plain values.

``load`` gives a trained network by its name, ``card`` says what it was trained on and how well it does. ``describe``
and ``build`` turn a network into a list of layers with weights, and back. ``python -m understanding_nn.networks train
NAME`` trains one of them anew.
"""

from understanding_nn.networks.layers import build, describe
from understanding_nn.networks.packaged import card, load, name_of, names, snapshots

__all__ = ["build", "card", "describe", "load", "name_of", "names", "snapshots"]
