"""The toolkit: one call for every technique of the course that explains a decision."""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from solutions.backpropagation import backpropagation
from solutions.cam import cam, upsample
from solutions.deconvolution import deconvolution
from solutions.deep_taylor_decomposition import deep_taylor_decomposition
from solutions.deeplift import deeplift
from solutions.grad_cam import grad_cam
from solutions.grad_cam_pp import grad_cam_pp
from solutions.guided_backpropagation import guided_backpropagation
from solutions.integrated_gradients import integrated_gradients
from solutions.lrp import lrp, lrp_epsilon
from solutions.sensitivity_analysis import logit_gradient, sensitivity_analysis
from solutions.simple_taylor_decomposition import simple_taylor_decomposition, taylor_decomposition
from solutions.smoothgrad import draw_noise, smooth_integrated_gradients, smoothgrad, smoothgrad_squared, vargrad
from understanding_nn.arguments import check_explanation
from understanding_nn.chain import layers_of
from understanding_nn.errors import ArgumentError, UnsupportedLayerError
from understanding_nn.tracing import traced


def explain(
    model: keras.Model, x: np.ndarray, method: str = "lrp", target: int | np.ndarray | None = None, **options: Any
) -> np.ndarray:
    """Explains the decisions of a network for images, by the method of that name.

    ============================== ======================================================= ========================
    method                         options, with their defaults                            in which unit
    ============================== ======================================================= ========================
    "logit_gradient"                                                                       logits per pixel value
    "sensitivity_analysis"                                                                 its square
    "taylor_decomposition"         root (must be given)                                    logits
    "simple_taylor_decomposition"                                                          logits
    "lrp"                          alpha=2.0, beta=1.0, pool_rule="winner_take_all"        logits
    "lrp_epsilon"                  epsilon=0.01                                            logits
    "deep_taylor_decomposition"    low=0.0, high=1.0                                       logits
    "deeplift"                     reference=0.0                                           logits
    "deconvolution"                                                                        logits per pixel value
    "backpropagation"                                                                      logits per pixel value
    "guided_backpropagation"                                                               logits per pixel value
    "integrated_gradients"         baseline=0.0, num_steps=50, batch_size=256              logits
    "smoothgrad"                   noise; batch_size=256                                   logits per pixel value
    "smoothgrad_squared"           noise; batch_size=256                                   its square
    "vargrad"                      noise; batch_size=256                                   its square
    "smooth_integrated_gradients"  noise; baseline=0.0, num_steps=50, batch_size=256       logits
    "cam"                                                                                  logits
    "grad_cam"                     layer=None                                              logits
    "grad_cam_pp"                  layer=None                                              up to a factor
    ============================== ======================================================= ========================

    "noise" stands for either ``noise``, an array, or what ``draw_noise`` draws it with: noise_level=0.1,
    num_samples=50, seed=0. The maps of the last three are enlarged to the size of x, the same for all channels;
    ``layer=None`` is the last convolution, behind its activation. What each method computes, and from which source,
    its own function says: "lrp" is ``solutions.lrp.lrp``, and so on. Enlarging spreads a map evenly over the image. In
    a network without padding, on whose outermost pixels no cell of the map is centered, a maximum thereby moves
    outwards, by some pixels.

    Args:
        model: ``keras.Model`` from images (N, H, W, C), float32 in [0, 1], to logits (N, K), without softmax.
        x: images, shape (N, H, W, C), float32.
        method: name of the method, from the table.
        target: index of the logit: an integer for all images, or integers of shape (N,); None explains the model's
            own decision, the largest logit of each image.
        **options: of the method, from the table.

    Returns:
        The attribution of each pixel, shape of ``x``, float32.

    Raises:
        ArgumentError: an unknown method or option, with those that are known; and what the method refuses.
        UnsupportedLayerError: the model ends in a softmax, or has a layer that the method does not cover.

    Example:
        >>> from understanding_nn import data, networks
        >>> model, x = networks.load("mnist_cnn"), data.mnist().x_test[:2]
        >>> explain(model, x).shape
        (2, 28, 28, 1)
        >>> explain(model, x, "integrated_gradients", target=3, num_steps=20).shape
        (2, 28, 28, 1)
    """
    known = methods()
    if method not in known:
        raise ArgumentError(f"the method {method!r} is not known; expected one of: {', '.join(known)}.")
    images, _ = check_explanation(model, x, 0)
    options = _completed(known[method], model, images, options)
    target = _decision(model, images) if target is None else target
    attribution = known[method](model, x, target, **options)
    if attribution.shape == images.shape:
        return attribution
    enlarged = upsample(attribution, tuple(images.shape[1:3]))[..., np.newaxis]
    return np.repeat(enlarged, images.shape[3], axis=3)


def methods() -> dict[str, Callable[..., np.ndarray]]:
    """Lists the methods that ``explain`` knows, in the order of the course.

    Returns:
        The functions by name: each takes (model, x, target) and its options as keywords, and returns an attribution
        of the shape of x, or maps (N, h, w).

    Example:
        >>> "integrated_gradients" in methods()
        True
    """
    functions = (
        logit_gradient,
        sensitivity_analysis,
        taylor_decomposition,
        simple_taylor_decomposition,
        lrp,
        lrp_epsilon,
        deep_taylor_decomposition,
        deeplift,
        deconvolution,
        backpropagation,
        guided_backpropagation,
        integrated_gradients,
        smoothgrad,
        smoothgrad_squared,
        vargrad,
        smooth_integrated_gradients,
        cam,
        grad_cam,
        grad_cam_pp,
    )
    return {function.__name__: function for function in functions}


def _completed(
    method: Callable[..., np.ndarray], model: keras.Model, x: tf.Tensor, options: dict[str, Any]
) -> dict[str, Any]:
    """The options that the method is called with: noise is drawn, and a layer chosen, where none is given."""
    own = {each.name: each for each in signature(method).parameters.values() if each.kind is Parameter.KEYWORD_ONLY}
    of_noise = [name for name in signature(draw_noise).parameters if name != "x"]
    known = [*own, *of_noise] if "noise" in own and "noise" not in options else [*own]
    unknown = [name for name in options if name not in known]
    if unknown:
        expected = f"expected some of: {', '.join(known)}" if known else "expected none"
        beside_noise = " beside noise" if "noise" in options and set(unknown) <= set(of_noise) else ""
        raise ArgumentError(f"{method.__name__} has no option {', '.join(unknown)}{beside_noise}; {expected}.")
    completed = {name: value for name, value in options.items() if name in own}
    if "noise" in own and "noise" not in options:
        completed["noise"] = draw_noise(
            x, **{"seed": 0} | {each: options[each] for each in of_noise if each in options}
        )
    if "layer" in own and options.get("layer") is None:
        completed["layer"] = _last_convolution(model)
    missing = [name for name, each in own.items() if each.default is Parameter.empty and name not in completed]
    if missing:
        raise ArgumentError(f"{method.__name__} needs the option {missing[0]}: write explain(..., {missing[0]}=...).")
    return completed


def _last_convolution(model: keras.Model) -> str:
    """Name of the last convolution, or of the activation behind it, where that is a layer of its own."""
    layers = layers_of(model)
    convolutions = [index for index, layer in enumerate(layers) if isinstance(layer, keras.layers.Conv2D)]
    if not convolutions:
        raise UnsupportedLayerError(
            f"the model '{model.name}' has no Conv2D layer; expected one, or layer=..., the name of a layer with maps."
        )
    last, behind = layers[convolutions[-1]], layers[convolutions[-1] + 1 :][:1]
    activations = [layer for layer in behind if isinstance(layer, keras.layers.ReLU | keras.layers.Activation)]
    name: str = (activations or [last])[0].name
    return name


def _decision(model: keras.Model, x: tf.Tensor) -> np.ndarray:
    def logits(x: tf.Tensor) -> tf.Tensor:
        return model(x, training=False)

    decision: np.ndarray = traced(model, logits)(x).numpy().argmax(axis=1)
    return decision
