"""Class activation maps: what the last feature maps of a network with global average pooling say about a class."""

import numpy as np
import tensorflow as tf

from understanding_nn.arguments import check_explanation
from understanding_nn.array_arguments import check_array, check_whole
from understanding_nn.errors import ArgumentError, UnsupportedLayerError
from understanding_nn.steps import inputs_of, steps_of
from understanding_nn.tracing import traced


def cam(model: tf.keras.Model, x: np.ndarray, target: int | np.ndarray) -> np.ndarray:
    """Computes the class activation map of the target: what each place of the last feature maps adds to its logit.

    M_c(i, j) = Σ_k w_kc A_k(i, j): Zhou, Khosla, Lapedriza, Oliva & Torralba 2016, equation 2. A_k is the k-th feature
    map in front of the global average pooling, w_kc the weight of its mean for the class c in the dense layer behind.
    The mean of M_c over its h w places is f_c(x) - b_c, with b_c the bias of the class: nothing is lost but that.

    Differs from the source: the paper pools by the sum, Keras by the mean, so here it is the mean of the map that gives
    the logit. The map keeps its sign.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax. It ends
            in GlobalAveragePooling2D and one Dense layer without activation.
        x: images, shape (N, H, W, C), float32.
        target: index of the logit: an integer for all images, or integers of shape (N,).

    Returns:
        The map of each image, shape (N, h, w) of the last feature maps, float32, in logits; negative where a place
        speaks against the class.

    Raises:
        ArgumentError: a wrong shape, a value that is NaN or infinite, a target out of range.
        UnsupportedLayerError: the model does not end in global average pooling and one dense layer.

    Example:
        >>> from understanding_nn import networks
        >>> from understanding_nn.cluttered import cluttered_mnist
        >>> x = cluttered_mnist(2, seed=0).images
        >>> cam(networks.load("cluttered_cnn"), x, 3).shape
        (2, 10, 10)
    """
    x, target = check_explanation(model, x, target)

    def class_map(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        steps = steps_of(model)
        end = [step.kind for step in steps[-2:]]
        if end != ["global_average_pool", "dense"]:
            raise UnsupportedLayerError(
                f"layer '{steps[-1].name}' ends the model '{model.name}', whose last steps are {', '.join(end)}; "
                "expected GlobalAveragePooling2D and one Dense layer. For another network take grad_cam."
            )
        *_, feature_maps, _, _ = inputs_of(steps, x)
        weights = tf.gather(steps[-1].kernel, target, axis=1)
        return tf.einsum("nijk,kn->nij", feature_maps, weights)

    result: np.ndarray = traced(model, class_map)(x, target).numpy()
    return result


def upsample(maps: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """Enlarges maps to the size of an image, so that they can be laid over it.

    Bilinear interpolation between the centers of the map's cells. The center of pixel i of H is at (i + 1/2) h/H - 1/2
    on the axis of the map, whose cells have their centers at 0, 1, ..., h - 1; beyond the outermost centers the
    outermost value goes on.

    Args:
        maps: shape (N, h, w), float32.
        size: H and W of the result, (H, W), or one number for both; not below h and w.

    Returns:
        The enlarged maps, shape (N, H, W), float32, in the unit of ``maps``, with no value outside of theirs.

    Raises:
        ArgumentError: not numbers of shape (N, h, w), NaN or infinity, or a size that is none or below the map's.

    Example:
        >>> upsample(np.array([[[0.0, 1.0]]]), (1, 4)).tolist()
        [[[0.0, 0.25, 0.75, 1.0]]]
    """
    maps = check_array("maps", maps, "(N, h, w)")
    if np.shape(size) not in ((), (2,)):
        raise ArgumentError(f"size is {size!r}; expected (H, W), or one number for both.")
    height, width = np.broadcast_to(size, 2)
    sizes = (
        check_whole("the height in size", height, maps.shape[1]),
        check_whole("the width in size", width, maps.shape[2]),
    )
    result: np.ndarray = tf.image.resize(maps[..., np.newaxis], sizes, method="bilinear")[..., 0].numpy()
    return result
