"""What learners get wrong in DeepLIFT, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.deeplift import deeplift, rescale_multiplier
from understanding_nn.arguments import check_explanation
from understanding_nn.steps import inputs_of, steps_of
from understanding_nn.values import spread, to_array

EVERY_PART = ("rescale_multiplier", "deeplift", "max_pooling", "trained_network")
FROM_PART_2 = EVERY_PART[1:]
FROM_PART_3 = EVERY_PART[2:]


# Where `correct` is an argument, the mistake is in how a right result is asked for, or in what is done with it.


@misconception(
    replaces="rescale_multiplier",
    loses=EVERY_PART,
    hint="Your multiplier is the gradient of ReLU at the input, 0 or 1; to compare with z = 0 instead of the "
    "reference's z gives the same. The rescale rule takes the slope of the chord from the reference to the input.",
)
def gradient_at_the_input(pre, pre_reference):
    active = tf.convert_to_tensor(pre) > 0
    return to_array(tf.cast(active, tf.float32) + 0 * tf.cast(pre_reference, tf.float32))


@misconception(
    replaces="rescale_multiplier",
    loses=EVERY_PART,
    hint="Your multiplier is the gradient of ReLU at the reference, 0 or 1. The rescale rule takes the slope of the "
    "chord from the reference to the input.",
)
def gradient_at_the_reference(pre, pre_reference):
    active = tf.convert_to_tensor(pre_reference) > 0
    return to_array(tf.cast(active, tf.float32) + 0 * tf.cast(pre, tf.float32))


@misconception(
    replaces="rescale_multiplier",
    loses=EVERY_PART,
    hint="Your multiplier is the mean of ReLU's two gradients, at the input and at the reference. Where one is 0 and "
    "the other 1 that is always 1/2; the chord's slope depends on how far either lies from the kink.",
)
def mean_of_two_gradients(pre, pre_reference):
    active = tf.cast(tf.convert_to_tensor(pre) > 0, tf.float32)
    active_for_reference = tf.cast(tf.convert_to_tensor(pre_reference) > 0, tf.float32)
    return to_array((active + active_for_reference) / 2)


@misconception(
    replaces="rescale_multiplier",
    loses=EVERY_PART,
    hint="You divide ReLU's output, not the change of its output, by the change of its input. Subtract the output for "
    "the reference.",
)
def output_instead_of_its_change(pre, pre_reference):
    pre, pre_reference = tf.cast(pre, tf.float32), tf.cast(pre_reference, tf.float32)
    return to_array(tf.math.divide_no_nan(tf.nn.relu(pre), pre - pre_reference))


@misconception(
    replaces="rescale_multiplier",
    loses=("rescale_multiplier",),
    hint="Where input and reference agree, your multiplier is 0. No change passes there now, but the limit of the "
    "chord's slope is the gradient: 1 where the input is positive.",
)
def zero_where_nothing_changes(pre, pre_reference):
    pre, pre_reference = tf.cast(pre, tf.float32), tf.cast(pre_reference, tf.float32)
    change = tf.nn.relu(pre) - tf.nn.relu(pre_reference)
    return to_array(tf.math.divide_no_nan(change, pre - pre_reference))


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="Your multipliers are multiplied by the input. A contribution is the multiplier times the input's difference "
    "from the reference.",
)
def reference_forgotten_in_the_product(model, x, target, *, reference=0.0):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    *inputs, logits = inputs_of(steps, x)
    *inputs_reference, _ = inputs_of(steps, spread("reference", reference, x))
    m = tf.one_hot(target, logits.shape[1])
    for step, a, a_reference in zip(steps[::-1], inputs[::-1], inputs_reference[::-1], strict=True):
        if step.kind == "relu":
            m = m * rescale_multiplier(a, a_reference)
        elif step.kind == "max_pool":
            a_reference = tf.broadcast_to(a_reference, a.shape)
            y, y_reference = step.forward(a), step.forward(a_reference)
            up = step.backward(a, m * tf.nn.relu(y - y_reference))
            down = step.backward(a_reference, m * tf.nn.relu(y_reference - y))
            change = a - a_reference
            m = tf.where(tf.abs(change) < 1e-7, step.backward(a, m), tf.math.divide_no_nan(up - down, change))
        else:
            m = step.backward(a, m)
    return (m * x).numpy()


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="These are the multipliers alone. A contribution is the multiplier times the input's difference from the "
    "reference.",
)
def multipliers_without_the_difference(model, x, target, *, reference=0.0):
    x, target = check_explanation(model, x, target)
    steps = steps_of(model)
    *inputs, logits = inputs_of(steps, x)
    *inputs_reference, _ = inputs_of(steps, spread("reference", reference, x))
    m = tf.one_hot(target, logits.shape[1])
    for step, a, a_reference in zip(steps[::-1], inputs[::-1], inputs_reference[::-1], strict=True):
        if step.kind == "relu":
            m = m * rescale_multiplier(a, a_reference)
        elif step.kind == "max_pool":
            a_reference = tf.broadcast_to(a_reference, a.shape)
            y, y_reference = step.forward(a), step.forward(a_reference)
            up = step.backward(a, m * tf.nn.relu(y - y_reference))
            down = step.backward(a_reference, m * tf.nn.relu(y_reference - y))
            change = a - a_reference
            m = tf.where(tf.abs(change) < 1e-7, step.backward(a, m), tf.math.divide_no_nan(up - down, change))
        else:
            m = step.backward(a, m)
    return m.numpy()


@misconception(
    replaces="deeplift",
    loses=FROM_PART_3,
    hint="Max pooling hands all of its multiplier to the largest input, as the gradient does. Then the contributions "
    "do not add up; use the cross-maximum rule.",
)
def max_pooling_by_the_gradient(model, x, target, *, reference=0.0):
    x, target = check_explanation(model, x, target)
    reference = spread("reference", reference, x)
    steps = steps_of(model)
    *inputs, logits = inputs_of(steps, x)
    *inputs_reference, _ = inputs_of(steps, reference)
    m = tf.one_hot(target, logits.shape[1])
    for step, a, a_reference in zip(steps[::-1], inputs[::-1], inputs_reference[::-1], strict=True):
        m = m * rescale_multiplier(a, a_reference) if step.kind == "relu" else step.backward(a, m)
    return (m * (x - reference)).numpy()


@misconception(
    replaces="deeplift",
    loses=FROM_PART_3,
    hint="The whole change of a maximum goes to the place of the largest input. Where the maximum has fallen, it fell "
    "because the reference's largest value is gone: that change belongs to the place of the largest reference.",
)
def change_of_a_maximum_to_the_largest_input(model, x, target, *, reference=0.0):
    x, target = check_explanation(model, x, target)
    reference = spread("reference", reference, x)
    steps = steps_of(model)
    *inputs, logits = inputs_of(steps, x)
    *inputs_reference, _ = inputs_of(steps, reference)
    m = tf.one_hot(target, logits.shape[1])
    for step, a, a_reference in zip(steps[::-1], inputs[::-1], inputs_reference[::-1], strict=True):
        if step.kind == "relu":
            m = m * rescale_multiplier(a, a_reference)
        elif step.kind == "max_pool":
            contribution = step.backward(a, m * (step.forward(a) - step.forward(a_reference)))
            change = a - a_reference
            chord = tf.math.divide_no_nan(contribution, change)
            m = tf.where(tf.abs(change) < 1e-7, step.backward(a, m), chord)
        else:
            m = step.backward(a, m)
    return (m * (x - reference)).numpy()


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="Your contributions are multiplied by the logit, as if they were relevances that start from it. Multipliers "
    "are slopes: that of the target's logit with respect to itself is 1.",
)
def start_from_the_value_of_the_logit(model, x, target, *, reference=0.0, correct=deeplift):
    targets = np.broadcast_to(target, len(x))
    logit = model(x).numpy()[np.arange(len(x)), targets]
    return correct(model, x, target, reference=reference) * logit.reshape(-1, *[1] * (np.ndim(x) - 1))


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="Your signs are the wrong way round: you subtract the input from the reference. A difference is that of the "
    "input from its reference, x - x'.",
)
def difference_the_wrong_way_round(model, x, target, *, reference=0.0, correct=deeplift):
    return -correct(model, x, target, reference=reference)


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="Every image is compared with the first image's reference. With an array (N, H, W, C), image n has "
    "reference n.",
)
def first_reference_for_all_images(model, x, target, *, reference=0.0, correct=deeplift):
    reference = np.asarray(reference, dtype=np.float32)
    first = reference[0] if reference.ndim == np.ndim(x) else reference
    return correct(model, x, target, reference=first)


@misconception(
    replaces="deeplift",
    loses=FROM_PART_2,
    hint="Your contributions have lost their signs. A difference can speak against the target; only with their signs "
    "do the contributions sum to f(x) - f(x').",
)
def absolute_value(model, x, target, *, reference=0.0, correct=deeplift):
    return np.abs(correct(model, x, target, reference=reference))
