import numpy as np

from understanding_nn.networks.distortions import _interpolate, distort


def test_no_shift_and_no_rotation_change_nothing():
    images = np.random.default_rng(0).random((3, 9, 8, 2)).astype(np.float32)
    same = distort(images, np.random.default_rng(0), max_shift=0, max_rotation_degrees=0)
    np.testing.assert_allclose(same, images, atol=1e-5)
    assert same.dtype == np.float32


def test_a_place_between_pixels_takes_from_all_four():
    image = np.array([[1.0, 2.0], [3.0, 5.0]]).reshape(1, 2, 2, 1)

    def at(y, x):
        return float(_interpolate(image, np.array([[[y]]]), np.array([[[x]]]))[0, 0, 0, 0])

    assert at(0, 1) == 2
    assert np.isclose(at(0.5, 0.5), 11 / 4)
    assert np.isclose(at(-0.5, 0), 0.5)  # half way out
    assert at(-3, 0) == at(0, 9) == 0


def test_each_image_is_distorted_in_its_own_way_within_the_bounds():
    image = np.zeros((1, 21, 21, 1), np.float32)
    image[0, 10, 10] = 1  # the centre: a rotation leaves it where it is
    many = distort(np.repeat(image, 200, axis=0), np.random.default_rng(0), max_shift=2, max_rotation_degrees=45)
    y, x = np.mgrid[:21, :21] - 10
    centres = np.stack([(many[..., 0] * y).sum((1, 2)), (many[..., 0] * x).sum((1, 2))]) / many.sum((1, 2, 3))
    distances = np.hypot(*centres)
    assert 2 < distances.max() < 2 * np.sqrt(2) + 0.3  # two pixels along both axes, found again to a third of a pixel
    assert len(np.unique(distances.round(4))) > 150


def test_a_quarter_turn():
    image = np.zeros((1, 5, 5, 1), np.float32)
    image[0, 0, 2] = 1

    class Fixed:
        def uniform(self, low, high, size):
            return np.full(size, high)

    turned = distort(image, Fixed(), max_shift=0, max_rotation_degrees=90)
    places = np.argwhere(turned[0, ..., 0] > 0.9).tolist()
    assert places in ([[2, 0]], [[2, 4]])
