"""What learners get wrong in activation maximization with an expert, as they might write it."""

from __future__ import annotations

import tensorflow as tf

from autograder.grading import misconception
from solutions.am_with_expert import rbm_log_density
from understanding_nn.arguments import check_explanation
from understanding_nn.ascent import check_rbm
from understanding_nn.values import to_array

EVERY_PART = ("rbm_log_density", "expert_objective", "am_with_expert", "trained_networks")
FROM_PART_2 = EVERY_PART[1:]
ASCENT = EVERY_PART[2:]


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="Your hidden units count with their probability, the sigmoid. Summed over its two states a hidden unit gives "
    "log(1 + exp(...)), the softplus.",
)
def sigmoid_instead_of_softplus(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.sigmoid(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="Each hidden unit counts with its largest value, max(0, ...). Summed over its two states it gives "
    "log(1 + exp(...)), which is more.",
)
def relu_instead_of_softplus(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.nn.relu(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="The bias of the hidden units is missing inside the softplus.",
)
def hidden_bias_forgotten(x, weights, visible_bias, hidden_bias):
    x, w, a, _ = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.linalg.matvec(x, a) + tf.reduce_sum(tf.nn.softplus(x @ w), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="The bias of the pixels is missing: the first of the two terms.",
)
def visible_bias_forgotten(x, weights, visible_bias, hidden_bias):
    x, w, _, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(tf.reduce_sum(tf.nn.softplus(x @ w + b), axis=1))


@misconception(
    replaces="rbm_log_density",
    loses=EVERY_PART,
    hint="This is the free energy, minus the log density. A likely image has a high density and a low free energy.",
)
def free_energy(x, weights, visible_bias, hidden_bias):
    x, w, a, b = check_rbm(x, weights, visible_bias, hidden_bias)
    return to_array(-tf.linalg.matvec(x, a) - tf.reduce_sum(tf.nn.softplus(x @ w + b), axis=1))


@misconception(
    replaces="expert_objective",
    loses=FROM_PART_2,
    hint="The expert counts in full. Multiply the log density by the strength.",
)
def strength_forgotten(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
    x, target = check_explanation(model, x, target)
    log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
    return to_array(log_probability + rbm_log_density(x, weights, visible_bias, hidden_bias))


@misconception(
    replaces="expert_objective",
    loses=FROM_PART_2,
    hint="Your objective has the probability of the class itself. Take its logarithm, with tf.nn.log_softmax.",
)
def probability_instead_of_its_logarithm(model, x, target, weights, visible_bias, hidden_bias, *, strength=0.01):
    x, target = check_explanation(model, x, target)
    probability = tf.gather(tf.nn.softmax(model(x)), target, batch_dims=1)
    return to_array(probability + strength * rbm_log_density(x, weights, visible_bias, hidden_bias))


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="Your prototypes leave [0, 1]. The density is one of pixels in this range: clip after each step.",
)
def not_clipped(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
            rows = tf.reshape(x, (len(x), -1))
            hidden = tf.reduce_sum(tf.nn.softplus(rows @ weights + hidden_bias), axis=1)
            objective = log_probability + strength * (tf.linalg.matvec(rows, visible_bias) + hidden)
        x = x + learning_rate * tape.gradient(objective, x)
    return x.numpy()


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="You clip once, at the end. Clip after each step, so that each gradient is one of an image.",
)
def clipped_at_the_end(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
            rows = tf.reshape(x, (len(x), -1))
            hidden = tf.reduce_sum(tf.nn.softplus(rows @ weights + hidden_bias), axis=1)
            objective = log_probability + strength * (tf.linalg.matvec(rows, visible_bias) + hidden)
        x = x + learning_rate * tape.gradient(objective, x)
    return tf.clip_by_value(x, 0.0, 1.0).numpy()


@misconception(
    replaces="am_with_expert",
    loses=ASCENT,
    hint="The expert takes no part in your steps: the tape does not see it. A NumPy array is a constant to the tape, "
    "also one that your own function returns.",
)
def expert_without_a_gradient(
    model, target, weights, visible_bias, hidden_bias, *, start, strength=0.01, learning_rate=0.1, num_steps=200
):
    x, target = check_explanation(model, start, target)
    for _ in range(num_steps):
        with tf.GradientTape() as tape:
            tape.watch(x)
            log_probability = tf.gather(tf.nn.log_softmax(model(x)), target, batch_dims=1)
        x = tf.clip_by_value(x + learning_rate * tape.gradient(log_probability, x), 0.0, 1.0)
    return x.numpy()
