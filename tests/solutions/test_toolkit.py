import inspect
import re

import keras
import numpy as np
import pytest

from solutions import toolkit
from solutions.cam import cam, upsample
from solutions.grad_cam import grad_cam
from solutions.lrp import lrp
from solutions.smoothgrad import draw_noise, smoothgrad
from solutions.toolkit import explain, methods
from tests.solutions.small_networks import images_for, largest_miss, small_network
from understanding_nn.errors import ArgumentError, UnsupportedLayerError

NEEDED = {"taylor_decomposition": {"root": 0.25}, "smooth_integrated_gradients": {"num_steps": 2, "num_samples": 2}}


@pytest.fixture(scope="module")
def model():
    return small_network("average_and_global")


@pytest.mark.parametrize("name", methods())
def test_every_method_explains_the_own_decision_pixel_by_pixel(name, model):
    x = images_for(model, 6)
    decision = np.argmax(model(x), axis=1)
    assert len(set(decision)) > 1
    result = explain(model, x, name, **NEEDED.get(name, {}))
    assert (type(result), result.shape, result.dtype) == (np.ndarray, x.shape, np.float32)
    assert np.isfinite(result).all()
    assert result.any()
    np.testing.assert_array_equal(explain(model, x, name, decision, **NEEDED.get(name, {})), result)


def test_the_default_is_lrp_of_the_own_decision(model):
    x = images_for(model)
    np.testing.assert_array_equal(explain(model, x), lrp(model, x, np.argmax(model(x), axis=1)))
    expected = lrp(model, x, 1, alpha=1.0, beta=0.0)
    np.testing.assert_array_equal(explain(model, x, target=1, alpha=1.0, beta=0.0), expected)


def test_noise_is_given_or_drawn(model):
    x = images_for(model)
    for options in ({"seed": 0}, {"noise_level": 0.3, "num_samples": 4, "seed": 7}):
        noise = draw_noise(x, **options)
        np.testing.assert_array_equal(
            explain(model, x, "smoothgrad", 1, **options), smoothgrad(model, x, 1, noise=noise)
        )
        np.testing.assert_array_equal(
            explain(model, x, "smoothgrad", 1, noise=noise), smoothgrad(model, x, 1, noise=noise)
        )
    np.testing.assert_array_equal(explain(model, x, "vargrad", 1), explain(model, x, "vargrad", 1, seed=0))


def test_maps_are_enlarged_from_the_last_convolution(model):
    x, last = images_for(model), model.layers[2].name
    for name, maps in (("cam", cam(model, x, 1)), ("grad_cam", grad_cam(model, x, 1, layer=last))):
        result = explain(model, x, name, 1)
        assert largest_miss(result[..., 0], upsample(maps, (8, 8))).max() < 1e-6
        assert (result == result[..., :1]).all()
    first = grad_cam(model, x, 1, layer=model.layers[0].name)
    result = explain(model, x, "grad_cam", 1, layer=model.layers[0].name)
    assert largest_miss(result[..., 0], upsample(first, (8, 8))).max() < 1e-6


def test_the_last_convolution_ends_behind_its_activation():
    model = small_network("separate_activations")
    x, relu = images_for(model), next(layer for layer in model.layers if isinstance(layer, keras.layers.ReLU))
    np.testing.assert_array_equal(
        explain(model, x, "grad_cam_pp", 1), explain(model, x, "grad_cam_pp", 1, layer=relu.name)
    )
    with pytest.raises(UnsupportedLayerError, match=r"no Conv2D layer.*layer=\.\.\."):
        explain(small_network("dense"), images_for(small_network("dense")), "grad_cam")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (["lime"], {}, f"method 'lime' is not known; expected one of: {', '.join(methods())}"),
        (["LRP"], {}, "method 'LRP' is not known"),
        (["lrp"], {"gamma": 1}, "lrp has no option gamma; expected some of: alpha, beta, pool_rule"),
        (["backpropagation"], {"noise": 1}, "backpropagation has no option noise; expected none"),
        (["smoothgrad"], {"sigma": 1}, "no option sigma; expected some of: noise, batch_size, noise_level, num_s"),
        (["vargrad"], {"noise": 0, "seed": 1}, "no option seed beside noise; expected some of: noise, batch_size"),
        (["taylor_decomposition"], {}, "taylor_decomposition needs the option root"),
        (["lrp", 99], {}, "target 99 is out of range"),
    ],
)
def test_what_is_not_known_is_answered_with_what_is(model, arguments, options, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        explain(model, images_for(model), *arguments, **options)


def test_bad_images_are_refused_before_anything_is_computed(model):
    for images in (images_for(model)[0], images_for(model) + np.nan):
        for name in ("smoothgrad", "grad_cam", "lrp"):
            with pytest.raises(ArgumentError, match="x has"):
                explain(model, images, name)


def test_the_table_of_the_docstring_names_every_method_and_option():
    table = dict(re.findall(r'^"(\w+)" {2,}(.*)$', inspect.getdoc(toolkit.explain), flags=re.MULTILINE))
    assert list(table) == list(methods())
    for name, function in methods().items():
        options = [each for each in inspect.signature(function).parameters.values() if each.kind is each.KEYWORD_ONLY]
        for option in options:
            shown = option.name if option.default is option.empty else f"{option.name}={option.default!r}"
            assert shown.replace("'", '"') in table[name], (name, shown)
