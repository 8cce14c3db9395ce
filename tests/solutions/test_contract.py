"""What every technique promises, whatever it computes. A new technique adds its rows to ``METHODS``."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.solutions.small_networks import images_for, largest_miss, small_network
from understanding_nn import networks, tracing
from understanding_nn.errors import ArgumentError, UnsupportedLayerError


@dataclass(frozen=True)
class Method:
    """A function that explains: (model, x, target), with the options it needs; on a network that it supports."""

    stem: str
    name: str
    options: tuple = ()
    network: str = "strided_same"
    seed: int = 0  # of the network's weights
    noisy: bool = False  # whether it takes noise, which is the same for every image here
    at: int | None = None  # which layer of the network it explains, for those that take one
    shape: tuple | None = None  # of the result for an image, where that is not the image's

    def __call__(self, model, x, target):
        function: Callable = getattr(import_module(f"solutions.{self.stem}"), self.name)
        options = dict(self.options) if self.at is None else {"layer": model.layers[self.at].name}
        if self.noisy:
            noise = np.random.default_rng(0).normal(scale=0.1, size=(3, *model.input_shape[1:]))
            options["noise"] = np.repeat(noise[:, np.newaxis], len(x), axis=1)
        return function(model, x, target, **options)


METHODS = [
    Method("sensitivity_analysis", "logit_gradient"),
    Method("sensitivity_analysis", "sensitivity_analysis"),
    Method("simple_taylor_decomposition", "taylor_decomposition", (("root", 0.25),)),
    Method("simple_taylor_decomposition", "simple_taylor_decomposition"),
    Method("lrp", "lrp"),
    Method("lrp", "lrp", (("alpha", 1.0), ("beta", 0.0), ("pool_rule", "proportional")), network="overlapping_max"),
    Method("lrp", "lrp_epsilon", network="average_and_global"),
    # Weights with which the logits 0 to 2 are positive: others have no relevance to look at.
    Method("deep_taylor_decomposition", "deep_taylor_decomposition", network="overlapping_max", seed=14),
    Method("deep_taylor_decomposition", "deep_taylor_decomposition", (("low", -1.0), ("high", 2.0)), seed=11),
    Method("deeplift", "deeplift"),
    Method("deeplift", "deeplift", (("reference", 0.5),), network="separate_activations"),
    Method("deconvolution", "deconvolution", network="separate_activations"),
    Method("backpropagation", "backpropagation"),
    Method("guided_backpropagation", "guided_backpropagation"),
    Method("integrated_gradients", "integrated_gradients", (("baseline", 0.5), ("num_steps", 4), ("batch_size", 5))),
    Method("smoothgrad", "smoothgrad", (("batch_size", 2),), noisy=True),
    Method("smoothgrad", "smoothgrad_squared", noisy=True),
    Method("smoothgrad", "vargrad", network="average_and_global", noisy=True),
    Method("smoothgrad", "smooth_integrated_gradients", (("num_steps", 2),), noisy=True),
    Method("activation_maximization", "am_objective", shape=()),
    Method("cam", "cam", network="average_and_global", shape=(2, 2)),
    Method("grad_cam", "grad_cam", at=1, shape=(5, 4)),
    Method("grad_cam_pp", "grad_cam_pp", network="overlapping_max", at=2, shape=(5, 5)),
]


@pytest.fixture(params=METHODS, ids=lambda method: method.name)
def method(request):
    return request.param


@pytest.fixture
def model(method):
    return small_network(method.network, method.seed)


@pytest.fixture
def x(model):
    return images_for(model)


def test_result_has_the_shape_of_x_in_finite_float32(method, model, x):
    result = method(model, x, 0)
    assert type(result) is np.ndarray
    assert result.shape == (x.shape if method.shape is None else (len(x), *method.shape))
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert result.any()


def test_an_image_does_not_depend_on_its_batch(method, model, x):
    together = method(model, x, [0, 1, 2])
    alone = np.concatenate([method(model, x[i : i + 1], i) for i in range(3)])
    assert largest_miss(together, alone).max() < 1e-5
    backwards = method(model, x[::-1], [2, 1, 0])[::-1]
    assert largest_miss(together, backwards).max() < 1e-5


def test_targets_may_be_one_integer_or_one_for_each_image(method, model, x):
    expected = method(model, x, 1)
    for target in (np.int64(1), [1, 1, 1], np.array([1, 1, 1], np.uint8), tf.constant([1, 1, 1])):
        np.testing.assert_array_equal(method(model, x, target), expected)
    assert not np.array_equal(method(model, x, 2), expected)


def test_images_may_be_arrays_or_tensors_of_any_number_type(method, model, x):
    expected = method(model, x, 1)
    for images in (x.astype(np.float64), tf.constant(x), x.tolist()):
        np.testing.assert_array_equal(method(model, images, 1), expected)


def test_compiled_at_the_first_call_it_gives_the_same(method, model, x, monkeypatch):
    step_by_step = method(model, x, 1)
    monkeypatch.setattr(tracing, "EAGER_CALLS", 0)
    compiled = method(small_network(method.network, method.seed), x, 1)  # what cannot be compiled would warn
    assert largest_miss(compiled, step_by_step).max() < 1e-5


def test_nothing_that_came_in_is_changed(method, model, x):
    images, target = x.copy(), np.array([0, 1, 2])
    layers, weights = networks.describe(model)
    flags, logits = [layer.trainable for layer in model.layers], model(x).numpy()
    method(model, x, target)
    np.testing.assert_array_equal(x, images)
    assert target.tolist() == [0, 1, 2]
    layers_after, weights_after = networks.describe(model)
    assert layers_after == layers
    assert all(np.array_equal(a, b) for a, b in zip(weights, weights_after, strict=True))
    assert [layer.trainable for layer in model.layers] == flags
    np.testing.assert_array_equal(model(x), logits)


def test_weights_may_change_between_two_calls(method, model, x):
    before = method(model, x, 1)
    for layer in model.layers:
        for weight in layer.trainable_variables:
            weight.assign(weight * 1.5)
    assert not np.allclose(method(model, x, 1), before)


def test_read_only_images_are_enough(method, model, x):
    x.setflags(write=False)
    method(model, x, 0)


def test_a_model_that_ends_in_softmax_is_refused(method, model, x):
    tensor = keras.layers.Activation("softmax", name="decision")(model.outputs[0])
    with pytest.raises(UnsupportedLayerError, match=r"decision.*softmax.*logits"):
        method(keras.Model(model.inputs, tensor), x, 0)


def test_a_wrong_shape_is_refused(method, model, x):
    for images in (x[0], x[..., 0], x[:, 1:], x[:0]):
        with pytest.raises(ArgumentError, match=r"x has shape .*"):
            method(model, images, 0)


def test_a_target_out_of_range_is_refused(method, model, x):
    for target in (model.output_shape[1], -1, [0, 1, 99]):
        with pytest.raises(ArgumentError, match=r"out of range"):
            method(model, x, target)


def test_nan_and_infinity_are_refused(method, model, x):
    for value in (np.nan, np.inf):
        images = x.copy()
        images[1, 2, 3, 0] = value
        with pytest.raises(ArgumentError, match=r"NaN or infinite"):
            method(model, images, 0)
