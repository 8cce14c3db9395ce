# expected: 0/10 in guided_backpropagation
# A mask that is open where the input is exactly 0: wherever an image is black, in a network without biases.
import tensorflow as tf


@tf.custom_gradient
def guided_relu(x):
    return tf.nn.relu(x), lambda upstream: tf.cast(x >= 0, tf.float32) * tf.nn.relu(upstream)
