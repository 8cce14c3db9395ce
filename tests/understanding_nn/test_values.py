import numpy as np
import pytest
import tensorflow as tf

from understanding_nn.errors import ArgumentError
from understanding_nn.values import spread, stabilized, to_array


def test_zero_counts_as_positive():
    z = tf.constant([3.0, 1e-12, 0.0, -0.0, -1e-12, -3.0])
    np.testing.assert_allclose(stabilized(z), [3, 1e-9, 1e-9, 1e-9, -1e-9, -3], rtol=2e-3)
    assert stabilized(z, 0.5).numpy().tolist()[2:4] == [0.5, 0.5]


def test_arrays_outside_and_tensors_inside_a_compiled_function():
    kinds = []
    tf.function(lambda x: kinds.append(type(to_array(x))) or x)(tf.zeros(2))
    assert type(to_array(tf.zeros(2))) is np.ndarray
    assert issubclass(kinds[0], tf.Tensor)


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (0.5, (1, 4, 5, 3)),
        (np.ones(3), (1, 4, 5, 3)),
        (np.ones((4, 5, 3)), (1, 4, 5, 3)),
        (np.ones((1, 4, 5, 1)), (1, 4, 5, 3)),
        (np.ones((2, 1, 1, 1)), (2, 4, 5, 3)),
        (tf.ones((2, 4, 5, 3)), (2, 4, 5, 3)),
    ],
)
def test_one_copy_for_all_images_or_one_for_each(value, shape):
    spread_out = spread("baseline", value, np.zeros((2, 4, 5, 3)))
    assert spread_out.shape == shape
    assert spread_out.dtype == tf.float32


@pytest.mark.parametrize("value", ["black", np.nan, [np.inf], np.ones((3, 4, 5, 3)), np.ones((4, 4, 3)), None])
def test_what_cannot_be_spread_is_refused(value):
    with pytest.raises(ArgumentError, match="baseline"):
        spread("baseline", value, np.zeros((2, 4, 5, 3)))
