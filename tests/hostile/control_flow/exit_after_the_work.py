# expected: 10/10
# A right solution in a notebook whose other cells do their worst: it keeps its points.
import tensorflow as tf


def logit_gradient(model, x, target):
    x = tf.convert_to_tensor(x, tf.float32)
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logit = tf.gather(model(x), target, axis=1, batch_dims=1)
    return tape.gradient(logit, x).numpy()


def sensitivity_analysis(model, x, target):
    return logit_gradient(model, x, target) ** 2


# %%
1 / 0

# %%
raise SystemExit

# %%
import os

os._exit(3)
