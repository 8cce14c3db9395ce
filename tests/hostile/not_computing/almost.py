# expected: 0/10
# Wrong by one part in a hundred: a tolerance that is too wide would let it pass.
import tensorflow as tf


def logit_gradient(model, x, target):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(model(x), tf.broadcast_to(target, [len(x)]), batch_dims=1)
    return 1.01 * tape.gradient(logit, x).numpy()


def sensitivity_analysis(model, x, target):
    return logit_gradient(model, x, target) ** 2
