"""What learners get wrong in SmoothGrad and its relatives, as they might write it."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from autograder.grading import misconception
from solutions.integrated_gradients import integrated_gradients
from solutions.sensitivity_analysis import logit_gradient
from solutions.smoothgrad import smooth_integrated_gradients, smoothgrad


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="The noise level itself is your standard deviation. It is relative: multiply it by max - min of each image.",
)
def noise_level_as_the_standard_deviation(x, *, noise_level=0.1, num_samples=50, seed):
    return np.random.default_rng(seed).normal(0, noise_level, (num_samples, *x.shape)).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your images get noise of one strength, that of the range of the whole batch. Take maximum and minimum "
    "of each image by itself: over all axes but the first, with keepdims=True.",
)
def range_of_the_whole_batch(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * (x.max() - x.min())
    return np.random.default_rng(seed).normal(0, sigma, (num_samples, *x.shape)).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="Your noise is relative to the largest value of an image. It should be relative to the range, max - min.",
)
def largest_value_instead_of_the_range(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * x.max(axis=(1, 2, 3), keepdims=True)
    return (sigma * np.random.default_rng(seed).standard_normal((num_samples, *x.shape))).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your samples are the same noise. A mean over equal samples changes nothing: draw anew for each, and "
    "mind that a generator made from the seed inside a loop starts over each time.",
)
def same_noise_in_each_sample(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    samples = [sigma * np.random.default_rng(seed).standard_normal(x.shape) for _ in range(num_samples)]
    return np.stack(samples).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="All of your images get the same random numbers, each times its own sigma. Draw numbers for every image of a "
    "sample: one array of the shape (num_samples, *x.shape).",
)
def same_noise_for_each_image(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    numbers = np.random.default_rng(seed).standard_normal((num_samples, 1, *x.shape[1:]))
    return (sigma * numbers).astype(np.float32)


@misconception(
    replaces="draw_noise",
    loses=("draw_noise",),
    hint="Your noise is distributed uniformly. Draw it from the normal distribution.",
)
def uniform_noise(x, *, noise_level=0.1, num_samples=50, seed):
    sigma = noise_level * np.ptp(x, axis=(1, 2, 3), keepdims=True)
    return (sigma * np.random.default_rng(seed).uniform(-1, 1, (num_samples, *x.shape))).astype(np.float32)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="This is one gradient, at the mean of the noisy images. Take the gradient at each of them, and then the mean.",
)
def gradient_at_the_mean_image(model, x, target, *, noise, batch_size=256):
    return logit_gradient(model, x + noise.mean(axis=0), target)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your gradients have lost their signs before the mean. Opposite signs must be able to cancel: that is what "
    "the averaging is for.",
)
def absolute_gradients(model, x, target, *, noise, batch_size=256):
    return np.mean([np.abs(logit_gradient(model, x + sample, target)) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="This is the sum over the samples. Divide it by their number.",
)
def sum_instead_of_mean(model, x, target, *, noise, batch_size=256):
    return np.sum([logit_gradient(model, x + sample, target) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your images and their noise are stacked in different orders: np.repeat puts the copies of an image next to "
    "each other, while the reshaped noise has all images of one sample next to each other, as np.tile does.",
)
def images_stacked_in_another_order(model, x, target, *, noise, batch_size=256):
    noisy = np.repeat(x, len(noise), axis=0) + noise.reshape(-1, *x.shape[1:])
    targets = np.repeat(np.broadcast_to(target, len(x)), len(noise))
    return logit_gradient(model, noisy, targets).reshape(len(x), len(noise), *x.shape[1:]).mean(axis=1)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your result depends on batch_size: it is a mean of the means of batches, and the last batch is smaller than "
    "the others. Add up all gradients, and divide once by the number of samples.",
)
def mean_of_unequal_batches(model, x, target, *, noise, batch_size=256):
    at_once = max(batch_size // len(x), 1)
    means = []
    for start in range(0, len(noise), at_once):
        batch = [logit_gradient(model, x + sample, target) for sample in noise[start : start + at_once]]
        means.append(np.mean(batch, axis=0))
    return np.mean(means, axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="Your noisy images are clipped to [0, 1]. SmoothGrad leaves them as they are: clipped noise no longer has the "
    "mean 0.",
)
def noisy_images_clipped(model, x, target, *, noise, batch_size=256):
    return np.mean([logit_gradient(model, np.clip(x + sample, 0, 1), target) for sample in noise], axis=0)


@misconception(
    replaces="smoothgrad",
    loses=("smoothgrad",),
    hint="These are gradients of the softmax probability. Differentiate the target's logit, the model's output.",
)
def softmax_instead_of_logit(model, x, target, *, noise, batch_size=256):
    target = tf.broadcast_to(tf.cast(target, tf.int32), [len(x)])
    gradients = []
    for sample in noise:
        noisy = tf.constant(x + sample)
        with tf.GradientTape() as tape:
            tape.watch(noisy)
            probability = tf.gather(tf.nn.softmax(model(noisy)), target, batch_dims=1)
        gradients.append(tape.gradient(probability, noisy).numpy())
    return np.mean(gradients, axis=0)


@misconception(
    replaces="smoothgrad_squared",
    loses=("relatives",),
    hint="Your smoothgrad_squared is the square of the mean. Square each gradient first, then take the mean.",
)
def square_of_the_mean(model, x, target, *, noise, batch_size=256):
    return np.square(smoothgrad(model, x, target, noise=noise))


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your vargrad is the mean square of the gradients. A variance is that of their differences from the mean.",
)
def mean_square_instead_of_variance(model, x, target, *, noise, batch_size=256):
    return np.mean([np.square(logit_gradient(model, x + sample, target)) for sample in noise], axis=0)


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your vargrad is the standard deviation of the gradients, the square root of their variance.",
)
def standard_deviation_instead_of_variance(model, x, target, *, noise, batch_size=256):
    return np.std([logit_gradient(model, x + sample, target) for sample in noise], axis=0)


@misconception(
    replaces="vargrad",
    loses=("relatives",),
    hint="Your variance is divided by n - 1. It is the variance of these samples themselves: divide by n.",
)
def variance_divided_by_one_less(model, x, target, *, noise, batch_size=256):
    return np.var([logit_gradient(model, x + sample, target) for sample in noise], axis=0, ddof=1)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="You multiply by x - x' without noise. Each path ends at its own noisy image, so each sample is multiplied by "
    "its own difference from the baseline, before the mean is taken.",
)
def difference_without_noise(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    gradients = []
    for sample in noise:
        for k in range(1, num_steps + 1):
            gradients.append(logit_gradient(model, baseline + k / num_steps * (x + sample - baseline), target))
    return (x - baseline) * np.mean(gradients, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="The noise has moved your baseline, too: your paths run from x' + noise. Their start is x', without noise.",
)
def noise_on_the_baseline(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    maps = [
        integrated_gradients(model, x + sample, target, baseline=baseline + sample, num_steps=num_steps)
        for sample in noise
    ]
    return np.mean(maps, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="Your samples are multiplied by the noisy image instead of its difference from the baseline.",
)
def baseline_forgotten_in_the_product(model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256):
    maps = []
    for sample in noise:
        steps = [baseline + k / num_steps * (x + sample - baseline) for k in range(1, num_steps + 1)]
        maps.append((x + sample) * np.mean([logit_gradient(model, step, target) for step in steps], axis=0))
    return np.mean(maps, axis=0)


@misconception(
    replaces="smooth_integrated_gradients",
    loses=("smooth_integrated_gradients",),
    hint="This is one explanation, of the mean of the noisy images. Explain each of them, and take the mean.",
)
def explanation_of_the_mean_image(
    model, x, target, *, noise, baseline=0.0, num_steps=50, batch_size=256, correct=smooth_integrated_gradients
):
    mean = noise.mean(axis=0, keepdims=True)
    return correct(model, x, target, noise=mean, baseline=baseline, num_steps=num_steps)
