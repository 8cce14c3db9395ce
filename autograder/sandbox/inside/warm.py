"""Pays once for what every first TensorFlow operation costs: kernels looked up, pages touched, tracing imported."""

from __future__ import annotations

import os
import random

import keras
import numpy as np
import tensorflow as tf


def warm_up() -> None:
    """Run a small network forwards and backwards, eagerly and compiled, and leave no trace that a learner can see."""
    network = keras.Sequential(
        [
            keras.layers.Input((8, 8, 1)),
            keras.layers.Conv2D(2, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )

    def gradient(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(x)
            logit = tf.gather(network(x), target, axis=1, batch_dims=1)
        return tape.gradient(logit, x)

    x, target = tf.ones((2, 8, 8, 1)), tf.constant([0, 1])
    np.square(gradient(x, target).numpy()).sum()
    np.square(tf.function(gradient, autograph=False)(x, target).numpy()).sum()
    keras.utils.clear_session()  # else a learner's first model would be called sequential_1


def reseed(seed: int | None) -> None:
    """Give this child random numbers of its own: after a fork all siblings would draw the same.

    Args:
        seed: for numbers that are the same in every run; None for numbers that nobody can repeat.
    """
    source = random.Random(seed if seed is not None else os.urandom(32))  # noqa: S311 - not for secrets
    random.seed(source.getrandbits(256))
    np.random.seed(source.getrandbits(32))
