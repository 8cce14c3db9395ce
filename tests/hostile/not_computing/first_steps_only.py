# expected: 0/10 in backpropagation
# Makes the first steps of an ascent and leaves it there: right in every test that makes a few steps.
import tensorflow as tf


def class_model_visualization(model, target, *, start, l2=0.01, mean=0.0, learning_rate=0.1, num_steps=200):
    x = tf.convert_to_tensor(start)
    for _ in range(min(num_steps, 5)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            logit = tf.gather(model(x), tf.broadcast_to(target, [len(x)]), batch_dims=1)
        x = x + learning_rate * (tape.gradient(logit, x) - 2 * l2 * (x - mean))
    return x
