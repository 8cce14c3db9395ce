"""Explanation selectivity: does the logit fall when the pixels that an explanation points at are removed?"""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.errors import ArgumentError
from understanding_nn.tracing import traced
from understanding_nn.values import spread


def flip_curve(
    model: tf.keras.Model,
    x: np.ndarray,
    relevance: np.ndarray,
    target: int | np.ndarray,
    *,
    patch_size: int = 4,
    value: float | np.ndarray = 0.0,
    num_steps: int | None = None,
) -> np.ndarray:
    """Computes the target's logit while the patches of an image are removed one after another, most relevant first.

    c_k = f_c(x^(k)), where x^(0) = x and x^(k) is x with its k most relevant patches set to a value: Samek, Binder,
    Montavon, Lapuschkin & Müller 2017, section III; Montavon, Samek & Müller 2018, section 7.2. The patches are the
    squares of a grid; the relevance of a patch is the sum over its pixels and channels. Of equal patches the upper,
    then the left one goes first.

    Differs from the source: patches lie on a grid, where Samek et al. take 9 x 9 neighborhoods and replace them by
    random values. The order is that of the explanation given, where Montavon et al. explain anew after each removal.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        relevance: an explanation of each image, shape (N, H, W, C) or (N, H, W), float32; of any method.
        target: index of the logit: an integer for all images, or integers of shape (N,).
        patch_size: side of a patch, in pixels; it divides H and W.
        value: what removed pixels are set to: a number, one image (H, W, C), or one for each, (N, H, W, C).
        num_steps: how many patches are removed; None for all.

    Returns:
        The logits, shape (N, num_steps + 1), float32: before anything is removed, and after each removal.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range, a patch size that does not
            divide the image's sides, a number of steps that is not from 1 to the number of patches.
        UnsupportedLayerError: the model ends in a softmax.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> flip_curve(model, x, relevance=x, target=3, num_steps=10).shape
        (2, 11)
    """
    x, target = check_explanation(model, x, target)
    if len(x.shape) != 4:
        raise ArgumentError(
            f"x has shape {tuple(x.shape)}; expected images, (N, H, W, C): patches are squares in them."
        )
    relevance, value = check_array("relevance", relevance, "(N, H, W, C)", "(N, H, W)"), spread("value", value, x)
    patch_size = check_whole("patch_size", patch_size, 1)
    num_images, height, width = x.shape[:3]
    if relevance.shape not in (tuple(x.shape), tuple(x.shape[:3])):
        raise ArgumentError(f"relevance has shape {relevance.shape}; expected that of x, {tuple(x.shape)}.")
    if height % patch_size or width % patch_size:
        raise ArgumentError(f"patch_size {patch_size} does not divide {height} and {width}, the sides of x.")
    rows, columns = height // patch_size, width // patch_size
    num_steps = check_whole("num_steps", rows * columns if num_steps is None else num_steps, 1, rows * columns)
    in_patches = relevance.astype(np.float64).reshape(num_images, rows, patch_size, columns, patch_size, -1)
    order = np.argsort(-in_patches.sum(axis=(2, 4, 5)).reshape(num_images, -1), axis=1, kind="stable")
    turn = np.argsort(order, axis=1).reshape(num_images, rows, columns)  # when each patch is removed, from 0
    turn = turn.repeat(patch_size, axis=1).repeat(patch_size, axis=2)[..., np.newaxis]

    def logit(x: tf.Tensor, target: tf.Tensor, value: tf.Tensor, turn: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        logits = model(tf.where(turn < step, value, x), training=False)
        return tf.gather(logits, target, axis=1, batch_dims=1)

    compiled, tensors = traced(model, logit), (x, target, value, tf.constant(turn, tf.int32))
    curve: np.ndarray = np.stack([compiled(*tensors, step).numpy() for step in range(num_steps + 1)], axis=1)
    return curve


def explanation_selectivity(curve: np.ndarray) -> np.ndarray:
    """Computes the area under the curves of ``flip_curve``.

    1/n Σ_k (c_{k-1} + c_k) / 2 over the n steps: the trapezoid rule, with the steps scaled to [0, 1]. Of two
    explanations of one image, the one with the smaller area found what the logit depends on earlier: Montavon, Samek &
    Müller 2018, section 7.2.

    Args:
        curve: logits before any and after each removal, shape (N, num_steps + 1), float32; at least one step.

    Returns:
        The area of each curve, shape (N,), float32, in logits.

    Raises:
        ArgumentError: not numbers of such a shape, NaN or infinity, or no step.

    Example:
        >>> explanation_selectivity(np.array([[4.0, 2.0, 0.0], [4.0, 4.0, 0.0]])).tolist()
        [2.0, 3.0]
    """
    curve = check_array("curve", curve, "(N, num_steps + 1)")
    if curve.shape[1] < 2:
        raise ArgumentError(
            f"curve has shape {curve.shape}; expected at least two values each, before and after a step."
        )
    area: np.ndarray = ((curve[:, :-1] + curve[:, 1:]) / 2).mean(axis=1)
    return area
