import numpy as np
import pytest
import tensorflow as tf

from understanding_nn.errors import ArgumentError
from understanding_nn.layer_arguments import (
    check_alpha_beta,
    check_box,
    check_conv,
    check_dense,
    check_pool,
    check_pre_activations,
)

A, W, R = np.ones((4, 3)), np.ones((3, 2)), np.ones((4, 2))
IMAGE, KERNEL, MAPS = np.ones((2, 5, 6, 3)), np.ones((3, 3, 3, 4)), np.ones((2, 5, 6, 4))


def test_everything_comes_back_as_float32_tensors():
    for result in (check_dense(A, W, None, R), check_dense(A.tolist(), tf.constant(W), np.ones(2, int), R)):
        assert [tensor.dtype for tensor in result] == [tf.float32] * 4
    *tensors, strides, padding = check_conv(IMAGE, KERNEL, None, MAPS, 1, "same")
    assert [tensor.dtype for tensor in tensors] == [tf.float32] * 4
    assert (strides, padding) == ((1, 1), "SAME")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((A[0], W, None, R), r"activation has shape \(3,\); expected \(N, inputs\)"),
        ((A, W.T, None, R), r"kernel has shape \(2, 3\).*expected \(3, any\)"),
        ((A, W, np.ones(3), R), r"bias has shape \(3,\).*expected \(2\)"),
        ((A, W, None, R[:2]), r"relevance has shape \(2, 2\).*expected \(4, 2\)"),
        ((A * np.nan, W, None, R), "activation has values that are NaN"),
        ((A, W, None, R * np.inf), "relevance has values that are NaN or infinite"),
        ((A, "kernel", None, R), "kernel is a str"),
    ],
)
def test_what_does_not_fit_a_dense_layer(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        check_dense(*arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activation": IMAGE[0]}, r"activation has shape \(5, 6, 3\)"),
        ({"kernel": np.ones((3, 3, 4, 3))}, r"kernel has shape .*expected \(any, any, 3, any\)"),
        ({"padding": "valid"}, r"relevance has shape .*padding 'valid'; expected \(2, 3, 4, 4\)"),
        ({"strides": 2}, r"relevance has shape .*expected \(2, 3, 3, 4\)"),
        ({"strides": 0}, "strides is 0"),
        ({"strides": (1, 2, 1)}, "strides is"),
        ({"strides": 1.5}, "strides is 1.5"),
        ({"padding": "reflect"}, "padding is 'reflect'"),
        ({"bias": np.ones(3)}, r"bias has shape \(3,\)"),
    ],
)
def test_what_does_not_fit_a_convolution(change, message):
    good = {"activation": IMAGE, "kernel": KERNEL, "bias": None, "relevance": MAPS, "strides": 1, "padding": "same"}
    with pytest.raises(ArgumentError, match=message):
        check_conv(**(good | change))


def test_the_places_of_a_window_are_those_of_tensorflow():
    for size, window, step, padding in ((7, 3, 2, "same"), (7, 3, 2, "valid"), (8, 3, 3, "same"), (8, 2, 3, "valid")):
        a = np.ones((1, size, size, 1))
        pooled = tf.nn.max_pool2d(a, window, step, padding.upper())
        check_pool(a, pooled, window, step, padding)
        with pytest.raises(ArgumentError, match="relevance has shape"):
            check_pool(a, np.ones((1, 99, 1, 1)), window, step, padding)


def test_strides_of_none_are_the_pool_size():
    _, _, pool_size, strides, _ = check_pool(np.ones((1, 6, 6, 1)), np.ones((1, 3, 2, 1)), (2, 3), None, "valid")
    assert pool_size == strides == (2, 3)


def test_sizes_that_are_not_known_yet_are_let_through():
    spec = tf.TensorSpec([None, None, None, 3], tf.float32)

    @tf.function(input_signature=[spec], autograph=False)
    def compiled(a):
        return check_conv(a, KERNEL, None, tf.nn.conv2d(a, tf.constant(KERNEL, tf.float32), 1, "SAME"), 1, "same")[0]

    assert compiled(tf.constant(IMAGE, tf.float32)).shape == IMAGE.shape


def test_alpha_and_beta():
    check_alpha_beta(1.0, 0.0)
    check_alpha_beta(1.3, 0.3)
    for alpha, beta in ((1.0, 1.0), (0.5, -0.5), (np.nan, 0.0)):
        with pytest.raises(ArgumentError, match="alpha"):
            check_alpha_beta(alpha, beta)


def test_bounds():
    low, high = check_box(-1.0, np.ones((4, 1)), tf.zeros((4, 3)))
    assert (low.shape, high.shape) == ((1, 3), (4, 3))
    with pytest.raises(ArgumentError, match="low is above high"):
        check_box(0.0, [1.0, -1.0, 1.0], tf.zeros((4, 3)))


def test_pairs_of_pre_activations():
    assert check_pre_activations(np.ones((4, 3)), np.ones((1, 3)))[1].shape == (1, 3)
    with pytest.raises(ArgumentError, match="does not broadcast"):
        check_pre_activations(np.ones((1, 3)), np.ones((4, 3)))
