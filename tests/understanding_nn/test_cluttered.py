import numpy as np
import pytest

from understanding_nn.cluttered import SIZE, boxes_of, cluttered_mnist, scatter
from understanding_nn.data import mnist
from understanding_nn.errors import ArgumentError


def marked(num_digits=6, num_images=300):
    """Digits that can be told apart in the clutter: digit i is a block of the value 2^-(i+1), so sums keep apart."""
    digits = np.zeros((num_digits, 28, 28, 1), np.float32)
    for i in range(num_digits):
        digits[i, 3 + i : 20, 5 : 25 - i] = 2.0 ** -(i + 1)
    chosen = np.arange(num_images) % num_digits
    return digits, chosen, *scatter(digits, chosen, np.random.default_rng(0))


def test_images_labels_and_boxes():
    cluttered = cluttered_mnist(200, seed=3, split="train")
    assert (cluttered.images.shape, cluttered.images.dtype) == ((200, SIZE, SIZE, 1), np.float32)
    assert (cluttered.images.min(), cluttered.images.max()) == (0, 1)
    assert (cluttered.labels.shape, cluttered.labels.dtype) == ((200,), np.int64)
    assert (cluttered.boxes.shape, cluttered.boxes.dtype) == ((200, 4), np.int64)
    assert set(cluttered.labels) == set(range(10))


def test_the_box_holds_the_digit_and_the_label_is_its_own():
    digits, cluttered = mnist(), cluttered_mnist(60, seed=1, split="test")
    plain, around = digits.x_test[..., 0], boxes_of(digits.x_test[..., 0])
    for image, label, (top, left, height, width) in zip(
        cluttered.images[..., 0], cluttered.labels, cluttered.boxes, strict=True
    ):
        inside = image[top : top + height, left : left + width]
        same_size = np.flatnonzero((around[:, 2:] == (height, width)).all(axis=1) & (digits.y_test == label))
        cut = [
            plain[i, t : t + height, w : w + width] for i, (t, w) in zip(same_size, around[same_size, :2], strict=True)
        ]
        # Distractors only add light: no pixel of the digit is darker than in its own image, and few are brighter.
        fits = [(inside >= digit).all() and np.mean(inside == digit) > 0.5 for digit in cut]
        assert any(fits)


def test_the_box_is_the_smallest():
    _, chosen, images, boxes = marked()
    values = np.round(images[..., 0] * 64).astype(int)
    for image, index, (top, left, height, width) in zip(values, chosen, boxes, strict=True):
        own = 64 >> (index + 1)
        assert (image[top : top + height, left : left + width] >= own).all()
        assert (height, width) == (17 - index, 20 - index)
    tops, lefts = boxes[:, 0] - chosen - 3, boxes[:, 1] - 5
    assert (set(tops), set(lefts)) == (set(range(13)), set(range(13)))  # every place where the digit fits


def test_distractors_are_scraps_of_other_digits():
    digits, chosen, images, boxes = marked()
    without = images[..., 0].copy()
    for image, index, (top, left, height, width) in zip(without, chosen, boxes, strict=True):
        image[top : top + height, left : left + width] -= digits[index].max()
    light = (without != 0).sum(axis=(1, 2))
    assert light.max() <= 5 * 25
    assert light.min() > 0
    assert np.median(light) > 40


def test_no_digit_is_cut_for_its_own_distractors():
    digits = np.zeros((2, 28, 28, 1), np.float32)
    digits[0, 8:20, 8:20], digits[1, 8:20, 8:20] = 0.5, 0.01
    images, boxes = scatter(digits, np.arange(40) % 2, np.random.default_rng(1))
    for index, (image, (top, left, height, width)) in enumerate(zip(images[..., 0], boxes, strict=True)):
        image[top : top + height, left : left + width] = 0
        scraps = image[image > 0]
        assert scraps.size
        assert scraps.min() >= 0.5 if index % 2 else scraps.max() < 0.06


def test_the_seed_decides():
    first, again = (cluttered_mnist(20, seed=5, split="test") for _ in range(2))
    other = cluttered_mnist(20, seed=6, split="test")
    for name in ("images", "labels", "boxes"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
        assert not np.array_equal(getattr(first, name), getattr(other, name))


def test_the_splits_share_no_digit(monkeypatch):
    digits, seen = mnist(), {}

    def spy(x, chosen, rng):
        seen[len(x)] = {image.tobytes() for image in x}
        return scatter(x, chosen, rng)

    monkeypatch.setattr("understanding_nn.cluttered.scatter", spy)
    for split in ("train", "test"):
        cluttered_mnist(2, seed=0, split=split)
    assert seen[4500] == {image.tobytes() for image in digits.x_train}
    assert seen[500] == {image.tobytes() for image in digits.x_test}
    assert seen[4500].isdisjoint(seen[500])


def test_boxes_against_a_loop():
    images = np.random.default_rng(0).random((50, 7, 9)) > 0.93
    images[:, 3, 4] = True
    for image, box in zip(images, boxes_of(images), strict=True):
        places = np.argwhere(image)
        (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
        assert box.tolist() == [top, left, bottom - top + 1, right - left + 1]


@pytest.mark.parametrize(
    "arguments", [(0,), (2.0,), (True,), (5, -1), (5, "0"), (5, 0, "validation"), (5, 0, None)], ids=str
)
def test_what_makes_no_sense_is_refused(arguments):
    with pytest.raises(ArgumentError, match=r"num_images|seed|split"):
        cluttered_mnist(*arguments)
