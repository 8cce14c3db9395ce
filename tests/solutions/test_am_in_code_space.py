import keras
import numpy as np
import pytest

from solutions.am_in_code_space import am_in_code_space, code_objective
from tests.solutions import slow_network
from tests.solutions.small_networks import largest_miss, small_network
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError

TARGETS = [0, 2, 1]
GENERATOR = [
    {"type": "Input", "shape": [4]},
    {"type": "Dense", "units": 18, "activation": "relu"},
    {"type": "Reshape", "target_shape": [3, 3, 2]},
    {"type": "UpSampling2D"},
    {"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same", "activation": "sigmoid"},
]


@pytest.fixture
def model():
    return small_network("dense")


@pytest.fixture
def generator():
    rng = np.random.default_rng(3)
    shapes = [(4, 18), (18,), (3, 3, 2, 1), (1,)]
    return networks.build(GENERATOR, [rng.standard_normal(shape) for shape in shapes])


@pytest.fixture
def codes():
    return np.random.default_rng(4).standard_normal((3, 4)).astype(np.float32)


def slow_objective(model, generator, mean, l2):
    """The objective of one code, from the equation, in float64."""
    classifier, maker = networks.describe(model), networks.describe(generator)
    return lambda z, target: (
        slow_network.log_probability(*classifier, slow_network.stages(*maker, z)[-1].went_out, target)
        - l2 * ((z - mean) ** 2).sum()
    )


@pytest.mark.parametrize(("mean", "l2"), [(0.0, 0.01), (np.array([1.0, 0, -1, 2]), 0.2)])
def test_objective_and_steps_agree_with_the_equation(model, generator, codes, mean, l2):
    slow = slow_objective(model, generator, mean, l2)
    expected = [slow(codes[i], target) for i, target in enumerate(TARGETS)]
    np.testing.assert_allclose(code_objective(model, generator, codes, TARGETS, l2=l2, mean=mean), expected, rtol=1e-5)
    options = {"l2": l2, "mean": mean, "learning_rate": 0.3, "num_steps": 2}
    result, images = am_in_code_space(model, generator, TARGETS, start=codes, **options)
    steps = np.float64(codes)
    for _ in range(2):
        slopes = [slow_network.slope(lambda z, i=i: slow(z, TARGETS[i]), steps[i]) for i in range(3)]
        steps = steps + 0.3 * np.stack(slopes)
    assert largest_miss(result - codes, steps - codes).max() < 1e-4
    np.testing.assert_allclose(images, generator(result), atol=1e-6)
    assert (result.dtype, images.dtype) == (np.float32, np.float32)


def test_no_step_leaves_the_start(model, generator, codes):
    result, images = am_in_code_space(model, generator, 1, start=codes, num_steps=0)
    np.testing.assert_array_equal(result, codes)
    assert images.shape == (3, 6, 6, 1)


def test_prototypes_do_not_depend_on_each_other(model, generator, codes):
    together = am_in_code_space(model, generator, TARGETS, start=codes, mean=codes, num_steps=5)[0]
    alone = [
        am_in_code_space(model, generator, TARGETS[i], start=codes[i : i + 1], mean=codes[i], num_steps=5)[0][0]
        for i in range(3)
    ]
    assert largest_miss(together, np.stack(alone)).max() < 1e-5


def test_prototypes_convince_the_network_and_one_that_had_no_part_in_them():
    model, generator, digits = networks.load("mnist_mlp"), networks.load("mnist_generator"), data.mnist()
    encoder = keras.Model(model.inputs[0], model.get_layer("code").output)
    codes = encoder(digits.x_train).numpy()
    start = np.stack([codes[digits.y_train == digit].mean(axis=0) for digit in range(10)])
    found, images = am_in_code_space(model, generator, range(10), start=start)
    assert (images.min() >= 0, images.max() <= 1) == (True, True)
    assert np.exp(code_objective(model, generator, found, range(10), l2=0)).min() > 0.99
    before, after = (code_objective(model, generator, z, range(10)) for z in (start, found))
    assert (after > before).all()
    decisions = np.argmax(networks.load("mnist_cnn")(images), axis=1)
    assert (decisions == np.arange(10)).sum() >= 9


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"generator": None}, "generator is a NoneType"),
        ({"start": np.zeros((3, 5))}, r"codes has shape \(3, 5\); the generator takes \(N, 4\)"),
        ({"start": np.zeros(4)}, r"codes\[np.newaxis\]"),
        ({"start": np.zeros((0, 4))}, r"codes has shape \(0, 4\)"),
        ({"start": np.full((3, 4), np.nan)}, "codes has values that are NaN"),
        ({"target": 9}, "out of range"),
        ({"mean": np.zeros(3)}, "mean has shape"),
        ({"l2": None}, "l2 is None"),
        ({"learning_rate": np.inf}, "learning_rate is inf"),
    ],
)
def test_bad_arguments_are_refused(model, generator, codes, changed, message):
    arguments = {"generator": generator, "target": 1, "start": codes, **changed}
    with pytest.raises(ArgumentError, match=message):
        am_in_code_space(model, **arguments)


def test_networks_that_do_not_fit_together_are_refused(generator, codes):
    with pytest.raises(ArgumentError, match=r"makes images of shape \(6, 6, 1\); the model takes \(10, 8, 1\)"):
        code_objective(small_network("strided_same"), generator, codes, 0)
