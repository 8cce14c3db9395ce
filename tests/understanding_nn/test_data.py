import hashlib
from pathlib import Path

import keras
import numpy as np
import pytest

from understanding_nn import data
from understanding_nn.data import mnist
from understanding_nn.data.pack import SOURCE, pack
from understanding_nn.errors import DataError


def test_the_split_is_stratified_and_in_turn():
    digits = mnist()
    assert np.bincount(digits.y_train).tolist() == [450] * 10
    assert np.bincount(digits.y_test).tolist() == [50] * 10
    assert digits.y_train[:20].tolist() == [*range(10), *range(10)]
    assert digits.y_test[-10:].tolist() == list(range(10))


def test_no_test_image_is_a_training_image():
    digits = mnist()
    train = {image.tobytes() for image in digits.x_train}
    assert not train.intersection(image.tobytes() for image in digits.x_test)


def test_types_and_values():
    digits = mnist()
    for x, y in ((digits.x_train, digits.y_train), (digits.x_test, digits.y_test)):
        assert x.shape == (len(y), 28, 28, 1)
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert (x.min(), x.max()) == (0, 1)


def test_the_digits_never_change():
    pixels = np.round(mnist().x_test * 255).astype(np.uint8)
    assert hashlib.sha256(pixels.tobytes()).hexdigest() == (
        "9dfae5c3d4492bd5a7e7159c0fea57c955e948791a66c39b1c567aeb92e950be"
    )


def test_arrays_are_the_callers_own():
    mnist().x_test[:] = 7
    assert mnist().x_test.max() == 1


def test_a_damaged_file_is_said(monkeypatch, tmp_path):
    damaged = tmp_path / "mnist.npz"
    monkeypatch.setattr(data, "PACKAGED", damaged)
    with pytest.raises(DataError, match="Install the package again"):
        mnist()
    damaged.write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(DataError, match="Install the package again"):
        mnist()


def test_the_full_set_is_scaled_in_the_same_way(monkeypatch):
    pixels, labels = np.array([[[0, 255], [51, 102]]], np.uint8), np.array([3], np.uint8)
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: ((pixels, labels), (pixels, labels)))
    digits = mnist(full=True)
    np.testing.assert_allclose(digits.x_train[0, :, :, 0], [[0, 1], [0.2, 0.4]])
    assert (digits.x_test.dtype, digits.y_test.tolist()) == (np.float32, [3])


def test_no_connection_is_said(monkeypatch):
    def offline():
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", offline)
    with pytest.raises(DataError, match=r"URL fetch failure.*mnist\(\), which need none"):
        mnist(full=True)


def test_packing_splits_every_digit(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 60)
    table = np.column_stack([rng.integers(0, 256, (600, 784)), labels])
    source = tmp_path / "wheel" / SOURCE
    source.parent.mkdir(parents=True)
    np.savetxt(source, table, fmt="%d", delimiter=",")
    pack(tmp_path / "wheel", tmp_path / "digits.npz")
    with np.load(tmp_path / "digits.npz") as file:
        images, packed = file["images"], file["labels"]
    assert packed.tolist() == list(range(10)) * 60
    assert images.shape == (600, 28, 28)
    given = {(row[-1], row[:-1].astype(np.uint8).tobytes()) for row in table}
    assert given == {(label, image.tobytes()) for label, image in zip(packed, images, strict=True)}
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_provenance_lies_beside_the_digits():
    text = (Path(data.__file__).parent / "PROVENANCE.txt").read_text()
    assert "LeCun" in text
    assert "Redistribution and use in source and binary forms" in text
