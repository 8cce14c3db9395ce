# expected: 0/10 in grad_cam_pp
# A map of the right places and of any size, as libraries return it: alpha sums to 1, and the brightest place is 1.
import tensorflow as tf

from understanding_nn.parts import split


def grad_cam_pp(model, x, target, *, layer):
    lower, upper = split(model, layer)
    A = lower(tf.constant(x))
    with tf.GradientTape() as tape:
        tape.watch(A)
        logit = tf.gather(upper(A), tf.broadcast_to(target, [len(x)]), batch_dims=1)
    g = tape.gradient(logit, A)
    alpha = tf.math.divide_no_nan(tf.nn.relu(g), 2 * g + tf.reduce_sum(A, axis=(1, 2), keepdims=True) * g**2)
    alpha = tf.math.divide_no_nan(alpha, tf.reduce_sum(alpha, axis=(1, 2), keepdims=True))
    maps = tf.nn.relu(tf.einsum("nijk,nk->nij", A, tf.reduce_sum(alpha * tf.nn.relu(g), axis=(1, 2))))
    return tf.math.divide_no_nan(maps, tf.reduce_max(maps, axis=(1, 2), keepdims=True))
