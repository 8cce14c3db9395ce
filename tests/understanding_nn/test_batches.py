import numpy as np
import pytest

from understanding_nn.batches import blocks, check_noise, explain_copies
from understanding_nn.errors import ArgumentError


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 8, 20, 21, 1000])
@pytest.mark.parametrize("shape", [(3, 7), (1, 50), (20, 1)])
def test_each_pass_of_each_image_is_in_one_block(shape, batch_size):
    times = np.zeros(shape, int)
    for images, passes in blocks(*shape, batch_size):
        times[images, passes] += 1
        assert 0 < times[images, passes].size <= batch_size
    assert (times == 1).all()


def test_blocks_are_as_large_as_they_may_be():
    assert len(list(blocks(64, 50, 256))) == 13  # five images with all their passes
    assert len(list(blocks(1, 1000, 256))) == 4
    assert len(list(blocks(512, 1, 256))) == 2


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, None, True])
def test_a_batch_size_that_is_none(batch_size):
    with pytest.raises(ArgumentError, match="batch_size is"):
        blocks(3, 4, batch_size)


def test_copies_are_explained_with_the_target_of_their_image():
    def method(model, x, target, *, factor):
        assert model == "network"
        return factor * x + target.reshape(-1, 1)

    copies = np.arange(12.0).reshape(2, 3, 2)
    result = explain_copies(method, "network", copies, np.array([100, 200, 300]), factor=2)
    np.testing.assert_array_equal(result, 2 * copies + np.array([100, 200, 300]).reshape(3, 1))


def test_noise_is_returned_as_it_is():
    noise = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
    assert check_noise(noise, np.zeros((3, 4))) is noise
    with pytest.raises(ArgumentError, match=r"noise has shape \(3, 4\); expected \(num_samples, 3, 4\)"):
        check_noise(noise[0], np.zeros((3, 4)))
