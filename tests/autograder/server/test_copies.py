import nbformat
import pytest

from autograder.errors import UnknownStemError
from autograder.server.copies import make_copy, released

STEM = "sensitivity_analysis"


def test_a_copy_is_the_release_and_is_made_once(tmp_path):
    folder = tmp_path / "new" / "work"
    copy = make_copy(STEM, folder)
    assert copy.read_bytes() == released(STEM)
    assert "raise NotImplementedError" in copy.read_text()
    nbformat.validate(nbformat.read(copy, as_version=4))
    copy.write_text("the learner's own work")
    assert make_copy(STEM, folder) == copy
    assert copy.read_text() == "the learner's own work"
    assert list(folder.iterdir()) == [copy]


def test_a_dangling_link_in_its_place_is_not_followed(tmp_path):
    (tmp_path / f"{STEM}.ipynb").symlink_to(tmp_path / "elsewhere")
    make_copy(STEM, tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_an_unknown_stem_makes_nothing(tmp_path):
    with pytest.raises(UnknownStemError):
        make_copy("nonsense", tmp_path / "work")
    assert not (tmp_path / "work").exists()
