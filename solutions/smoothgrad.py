"""SmoothGrad: the mean of the gradients of many noisy copies, and its relatives."""

import numpy as np
import tensorflow as tf

from solutions.integrated_gradients import integrated_gradients
from solutions.sensitivity_analysis import logit_gradient
from understanding_nn.arguments import check_explanation
from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.batches import blocks, check_noise, explain_copies
from understanding_nn.errors import ArgumentError
from understanding_nn.values import spread


def draw_noise(x: np.ndarray, *, noise_level: float = 0.1, num_samples: int = 50, seed: int) -> np.ndarray:
    """Draws Gaussian noise for each image, in proportion to the range of its values.

    noise_s ~ N(0, sigma²), with sigma = noise_level · (max(x) - min(x)), maximum and minimum of each image: Smilkov et
    al. 2017. The numbers are those of
    ``np.random.default_rng(seed).standard_normal((num_samples, *x.shape))``, times sigma.

    Args:
        x: images, shape (N, H, W, C), or (N, D).
        noise_level: sigma as a fraction of the range of an image, 0 or more.
        num_samples: copies of each image, 1 or more.
        seed: of the random numbers: equal seeds give equal noise.

    Returns:
        Noise, shape (num_samples, N, H, W, C), float32, in units of pixel value.

    Raises:
        ArgumentError: not numbers, a value that is NaN or infinite, no image; a negative noise level, a number of
            samples that is not a positive integer.

    Example:
        >>> noise = draw_noise(np.array([[[[0.0], [2.0]]]]), noise_level=0.5, num_samples=1000, seed=0)
        >>> noise.shape, round(float(noise.std()), 1)
        ((1000, 1, 1, 2, 1), 1.0)
    """
    x = check_array("x", x, "(N, H, W, C)", "(N, D)")
    num_samples = check_whole("num_samples", num_samples, 1)
    if not 0 <= noise_level < np.inf:
        raise ArgumentError(f"noise_level is {noise_level}; expected 0 or more, for instance 0.1.")
    pixels = tuple(range(1, x.ndim))
    sigma = noise_level * np.ptp(x, axis=pixels, keepdims=True)
    noise: np.ndarray = sigma * np.random.default_rng(seed).standard_normal((num_samples, *x.shape))
    return noise.astype(np.float32)


def smoothgrad(
    model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, noise: np.ndarray, batch_size: int = 256
) -> np.ndarray:
    """Computes the mean gradient of the target's logit over noisy copies of each image.

    R(x) = (1/n) Σ_{s=1..n} ∇f_c(x + noise_s): Smilkov et al. 2017.

    Differs from the source: the noise is given, so that the result has nothing random; see ``draw_noise``.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        noise: what is added to the images, shape (num_samples, N, H, W, C), float32.
        batch_size: noisy copies of all images that are computed at once, at most; bounds the memory. The result does
            not depend on it.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits per unit of pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a ``batch_size`` that is
            not a positive integer.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> noise = draw_noise(x, noise_level=0.2, num_samples=10, seed=0)
        >>> smoothgrad(networks.load("mnist_cnn"), x, 3, noise=noise).shape
        (2, 28, 28, 1)
    """
    x, target = (np.asarray(tensor) for tensor in check_explanation(model, x, target))
    noise = check_noise(noise, x)
    total = np.zeros_like(x)
    for images, samples in blocks(len(x), len(noise), batch_size):
        noisy = x[images] + noise[samples, images]  # (samples, images, H, W, C)
        gradient = explain_copies(logit_gradient, model, noisy, target[images])
        total[images] += gradient.sum(axis=0)
    attribution: np.ndarray = total / np.float32(len(noise))
    return attribution


def smoothgrad_squared(
    model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, noise: np.ndarray, batch_size: int = 256
) -> np.ndarray:
    """Computes the mean squared gradient of the target's logit over noisy copies of each image.

    R(x) = (1/n) Σ_{s=1..n} (∇f_c(x + noise_s))²: Hooker et al. 2019, SmoothGrad-Squared. It is ``vargrad`` plus the
    square of ``smoothgrad``.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        noise: what is added to the images, shape (num_samples, N, H, W, C), float32.
        batch_size: noisy copies of all images that are computed at once, at most; bounds the memory. The result does
            not depend on it.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, not negative, in squared logits per squared unit of
        pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a ``batch_size`` that is
            not a positive integer.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> attribution = smoothgrad_squared(networks.load("mnist_cnn"), x, 3, noise=draw_noise(x, seed=0))
        >>> bool((attribution >= 0).all())
        True
    """
    x, target = (np.asarray(tensor) for tensor in check_explanation(model, x, target))
    noise = check_noise(noise, x)
    total = np.zeros_like(x)
    for images, samples in blocks(len(x), len(noise), batch_size):
        noisy = x[images] + noise[samples, images]  # (samples, images, H, W, C)
        gradient = explain_copies(logit_gradient, model, noisy, target[images])
        total[images] += np.square(gradient).sum(axis=0)
    attribution: np.ndarray = total / np.float32(len(noise))
    return attribution


def vargrad(
    model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray, *, noise: np.ndarray, batch_size: int = 256
) -> np.ndarray:
    """Computes the variance of the gradient of the target's logit over noisy copies of each image.

    R(x) = (1/n) Σ_{s=1..n} (∇f_c(x + noise_s) - ḡ)², where ḡ is the mean, ``smoothgrad``: Adebayo et al. 2018 (local
    explanation methods). Divided by n, not by n - 1.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        noise: what is added to the images, shape (num_samples, N, H, W, C), float32.
        batch_size: noisy copies of all images that are computed at once, at most; bounds the memory. The result does
            not depend on it.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, not negative, in squared logits per squared unit of
        pixel value.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a ``batch_size`` that is
            not a positive integer.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:2]
        >>> vargrad(networks.load("mnist_cnn"), x, 3, noise=draw_noise(x, noise_level=0.0, seed=0)).max().item()
        0.0
    """
    x, target = (np.asarray(tensor) for tensor in check_explanation(model, x, target))
    noise = check_noise(noise, x)
    total, total_of_squares = np.zeros(x.shape), np.zeros(x.shape)  # float64: their difference may be small
    for images, samples in blocks(len(x), len(noise), batch_size):
        noisy = x[images] + noise[samples, images]  # (samples, images, H, W, C)
        gradient = explain_copies(logit_gradient, model, noisy, target[images])
        total[images] += gradient.sum(axis=0, dtype=np.float64)
        total_of_squares[images] += np.square(gradient, dtype=np.float64).sum(axis=0)
    variance = total_of_squares / len(noise) - np.square(total / len(noise))
    attribution: np.ndarray = np.maximum(variance, 0).astype(np.float32)
    return attribution


def smooth_integrated_gradients(
    model: tf.keras.Model,
    x: np.ndarray,
    target: int | np.ndarray,
    *,
    noise: np.ndarray,
    baseline: float | np.ndarray = 0.0,
    num_steps: int = 50,
    batch_size: int = 256,
) -> np.ndarray:
    """Computes the mean of the integrated gradients of noisy copies of each image.

    R(x) = (1/n) Σ_{s=1..n} IG(x + noise_s), each with its own factor (x + noise_s - x'): Smilkov et al. 2017,
    over Sundararajan, Taly & Yan 2017, equation 3.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        noise: what is added to the images, shape (num_samples, N, H, W, C), float32; the baseline gets none.
        baseline: x', where the paths start: a number, one image (H, W, C), or one for each, (N, H, W, C).
        num_steps: number of gradients on each path, 1 or more.
        batch_size: points of all paths that are computed at once, at most; bounds the memory. The result does not
            depend on it.

    Returns:
        The attribution of each pixel, shape of ``x``, float32, in logits; sums to the mean of f_c(x + noise_s), less
        f_c(x'), up to the error of the Riemann sums.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, ``num_steps`` or
            ``batch_size`` that is not a positive integer.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> x = data.mnist().x_test[:1]
        >>> noise = draw_noise(x, num_samples=3, seed=0)
        >>> smooth_integrated_gradients(networks.load("mnist_cnn"), x, 3, noise=noise, num_steps=10).shape
        (1, 28, 28, 1)
    """
    x, target = (np.asarray(tensor) for tensor in check_explanation(model, x, target))
    noise = check_noise(noise, x)
    starts = np.broadcast_to(spread("baseline", baseline, x), noise.shape).reshape(-1, *x.shape[1:])
    attributions = explain_copies(
        integrated_gradients,
        model,
        x + noise,
        target,
        baseline=starts,
        num_steps=num_steps,
        batch_size=batch_size,
    )
    attribution: np.ndarray = attributions.mean(axis=0)
    return attribution
