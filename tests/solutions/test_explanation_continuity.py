from itertools import combinations

import numpy as np
import pytest

from solutions.explanation_continuity import explanation_continuity, translate
from solutions.sensitivity_analysis import sensitivity_analysis
from understanding_nn import data, networks
from understanding_nn.errors import ArgumentError

DIGIT = data.mnist().x_test[:1]


def slow_translate(images, dx, dy):
    shifted = np.zeros(images.shape, np.float32)
    for n, i, j in np.ndindex(*images.shape[:3]):
        if 0 <= i + dy < images.shape[1] and 0 <= j + dx < images.shape[2]:
            shifted[n, i + dy, j + dx] = images[n, i, j]
    return shifted


def slow_continuity(images, relevances):
    ratios = []
    for (x, r), (other, q) in combinations(zip(images, relevances, strict=True), 2):
        distance = np.sqrt(np.sum((x.astype(np.float64) - other) ** 2))
        if distance > 0:
            ratios.append(np.sum(np.abs(r.astype(np.float64) - q)) / distance)
    return max(ratios)


@pytest.mark.parametrize("shape", [(2, 4, 5, 3), (2, 4, 5)])
def test_shifts_agree_with_a_loop(shape):
    images = np.random.default_rng(0).random(shape, np.float32)
    for dx in range(-6, 7):
        for dy in (-5, -4, -1, 0, 2, 3, 4):
            result = translate(images, dx, dy)
            assert result.dtype == np.float32
            np.testing.assert_array_equal(result, slow_translate(images, dx, dy))


def test_right_and_down_are_positive():
    images = np.zeros((1, 3, 3), np.float32)
    images[0, 1, 1] = 1
    assert np.argwhere(translate(images, 1, 0)).tolist() == [[0, 1, 2]]
    assert np.argwhere(translate(images, 0, 1)).tolist() == [[0, 2, 1]]


def test_a_shift_leaves_what_came_in_alone():
    before = DIGIT.copy()
    translate(DIGIT, 0, 0)[:] = 7
    np.testing.assert_array_equal(DIGIT, before)


def test_the_largest_ratio_agrees_with_all_pairs():
    rng = np.random.default_rng(1)
    for images, relevances in (
        (rng.random((9, 5, 5, 2), np.float32), rng.standard_normal((9, 5, 5, 2)).astype(np.float32)),
        (rng.random((4, 3)), rng.random((4, 7, 7))),
    ):
        assert explanation_continuity(images, relevances) == pytest.approx(slow_continuity(images, relevances), 1e-6)


def test_a_ratio_by_hand():
    images, relevances = [[0.0, 0.0], [3.0, 4.0], [0.0, 8.0]], [[1.0, 0.0], [0.0, -1.0], [9.0, 8.0]]
    result = explanation_continuity(images, relevances)
    assert type(result) is float
    assert result == pytest.approx((9 + 9) / 5)  # the second and the third image, 5 apart


def test_equal_images_do_not_count():
    images, relevances = np.zeros((3, 2), np.float32), np.zeros((3, 2), np.float32)
    images[2], relevances[1] = 1, 1000
    relevances[1:] = [[1, 0], [1, 0]]
    assert explanation_continuity(images, relevances) == pytest.approx(1 / np.sqrt(2))
    with pytest.raises(ArgumentError, match="no two of the 3 images differ"):
        explanation_continuity(np.zeros((3, 2)), relevances)
    with pytest.raises(ArgumentError, match="no two of the 1 images differ"):
        explanation_continuity(DIGIT, DIGIT)


def test_explanations_that_never_change_are_perfectly_continuous():
    assert explanation_continuity(np.eye(3), np.ones((3, 2))) == 0


def test_the_number_of_a_trained_network():
    images = np.concatenate([translate(DIGIT, dx, 0) for dx in range(-3, 4)])
    attribution = sensitivity_analysis(networks.load("mnist_cnn"), images, 0)
    assert explanation_continuity(images, attribution) == pytest.approx(slow_continuity(images, attribution), 1e-5)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ArgumentError, match="3 images and 2 relevances"):
        explanation_continuity(np.zeros((3, 2)), np.zeros((2, 2)))
    with pytest.raises(ArgumentError, match="relevances has values that are NaN"):
        explanation_continuity(np.eye(2), np.full((2, 2), np.nan))
    with pytest.raises(ArgumentError, match=r"dx is 0\.5"):
        translate(DIGIT, 0.5, 0)
    with pytest.raises(ArgumentError, match=r"images has shape \(28, 28\)"):
        translate(DIGIT[0, ..., 0], 1, 0)
