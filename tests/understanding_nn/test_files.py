import numpy as np
import pytest

from understanding_nn.errors import DataError
from understanding_nn.files import read_arrays, write_arrays


def test_arrays_come_back_in_their_order(tmp_path):
    write_arrays(tmp_path / "a.npz", {"z": np.arange(3), "a": np.zeros((2, 0))})
    arrays = read_arrays(tmp_path / "a.npz", "")
    assert list(arrays) == ["z", "a"]
    assert arrays["z"].tolist() == [0, 1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_equal_arrays_give_equal_files(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_arrays(tmp_path / name, {"a": np.arange(1000)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.zeros(1)})

    def interrupted(stream, **arrays):
        stream.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_arrays(path, {"a": np.ones(1)})
    assert read_arrays(path, "")["a"].tolist() == [0]


@pytest.mark.parametrize(
    "damage", [lambda b: b"", lambda b: b"PK\x03\x04 no", lambda b: b[: len(b) // 2], lambda b: b"x"]
)
def test_damage_is_said(tmp_path, damage):
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.random.default_rng(0).random(1000)})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"a\.npz cannot be read .*Do this"):
        read_arrays(path, "Do this.")


def test_a_flipped_bit_is_said(tmp_path):
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.random.default_rng(0).random(1000)})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError):
        read_arrays(path, "")


def test_nothing_in_a_file_is_executed(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([print], dtype=object))
    with pytest.raises(DataError):
        read_arrays(tmp_path / "a.npz", "")
