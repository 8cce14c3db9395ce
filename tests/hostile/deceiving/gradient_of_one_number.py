# expected: 0/10 in guided_backpropagation
# A backward pass whose result is one number for all inputs, or none that is finite.
import tensorflow as tf

calls = []


@tf.custom_gradient
def guided_relu(x):
    calls.append(x)
    odd = [tf.ones(()), tf.fill(tf.shape(x), float("nan")), tf.fill(tf.shape(x), float("inf"))]
    return tf.nn.relu(x), lambda upstream: odd[len(calls) % 3]
