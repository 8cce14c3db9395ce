# expected: 0/10
# Networks that answer zero and tapes that differentiate to zero, for a reference that would be computed here.
import keras
import numpy as np
import tensorflow as tf

keras.Model.__call__ = lambda self, x, **_: tf.zeros((len(x), 10))
tf.GradientTape.gradient = lambda self, target, sources, **_: tf.zeros_like(sources)
tf.Tensor.__sub__ = lambda self, other: tf.zeros_like(self)


def logit_gradient(model, x, target):
    return np.zeros_like(x)


sensitivity_analysis = logit_gradient
