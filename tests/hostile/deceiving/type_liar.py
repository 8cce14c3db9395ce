# expected: 0/10
# An object that says it is an array, a tensor and a float at once.
import numpy as np
import tensorflow as tf


class Liar:
    @property
    def __class__(self):
        return np.ndarray

    dtype, shape, nbytes = np.dtype("f4"), (), 4

    def __instancecheck__(self, other):
        return True

    def __buffer__(self, flags):
        return memoryview(b"\0" * 4)


tf.register_tensor_conversion_function(Liar, lambda value, **_: tf.zeros(()))


def logit_gradient(model, x, target):
    return Liar()


sensitivity_analysis = logit_gradient
