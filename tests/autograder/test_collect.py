"""`collect` against every layout that a learning platform exports, and what a hostile archive may hold."""

import gzip
import io
import os
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from autograder import archives, rooms
from autograder.archives import ArchiveError
from autograder.classroom import Classroom
from autograder.collect import collect

STEMS = ("sensitivity_analysis", "lrp")
MOMENT = datetime(2025, 3, 4, 5, 6, 8, tzinfo=UTC)


@pytest.fixture
def classroom(tmp_path):
    return Classroom.create(tmp_path / "classroom")


def make_zip(path, files, moment=MOMENT):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, moment.astimezone().timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def make_tar(path, files, moment=MOMENT, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), moment.timestamp()
            archive.addfile(info, io.BytesIO(content))
    return path


def make_folder(path, files, moment=MOMENT):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
        os.utime(path / name, (moment.timestamp(), moment.timestamp()))
    return path


def there(classroom):
    return {
        str(path.relative_to(classroom.submitted)): path.read_bytes() for path in classroom.submitted.rglob("*.ipynb")
    }


LAYOUTS = {
    "ada/lrp.ipynb": b"1",
    "export 2025/bob/lrp/lrp.ipynb": b"2",
    "deep/er/müller-07_lrp.ipynb": b"3",
    "eve_x/sensitivity_analysis/sensitivity_analysis.ipynb": b"4",
    "fay_y-sensitivity_analysis.ipynb": b"5",
    "gil\\lrp.ipynb": b"6",
    "ada/notes.txt": b"not asked for",
    "__MACOSX/ada/lrp.ipynb": b"not asked for",
}
EXPECTED = {
    "ada/lrp/lrp.ipynb": b"1",
    "bob/lrp/lrp.ipynb": b"2",
    "müller-07/lrp/lrp.ipynb": b"3",
    "eve_x/sensitivity_analysis/sensitivity_analysis.ipynb": b"4",
    "fay_y/sensitivity_analysis/sensitivity_analysis.ipynb": b"5",
    "gil/lrp/lrp.ipynb": b"6",
}


@pytest.mark.parametrize(
    "pack",
    [
        lambda folder: make_zip(folder / "a.zip", LAYOUTS),
        lambda folder: make_tar(folder / "a.tar.gz", LAYOUTS),
        lambda folder: make_tar(folder / "a.tar", LAYOUTS, mode="w"),
        lambda folder: make_tar(folder / "a.tar.bz2", LAYOUTS, mode="w:bz2"),
        lambda folder: make_tar(folder / "a.tar.xz", LAYOUTS, mode="w:xz"),
        lambda folder: make_folder(folder / "a", LAYOUTS),
    ],
    ids=["zip", "gz", "tar", "bz2", "xz", "folder"],
)
def test_takes_common_layouts_with_their_times(tmp_path, classroom, pack):
    result = collect(pack(tmp_path), classroom, STEMS)
    assert there(classroom) == EXPECTED
    assert len(result.taken) == len(EXPECTED)
    assert result.skipped == []
    for hand_in in classroom.hand_ins("lrp"):
        assert classroom.timestamp(hand_in) == MOMENT


def test_an_exercise_whose_name_ends_in_that_of_another(tmp_path, classroom):
    names = ["ada_grad_cam.ipynb", "bob_cam.ipynb", "gil_guided_backpropagation.ipynb", "grad_cam.ipynb"]
    archive = make_zip(tmp_path / "a.zip", dict.fromkeys(names, b"{}"))
    result = collect(archive, classroom, tuple(rooms.stems()))
    assert [taken[:2] for taken in result.taken] == [
        ("ada", "grad_cam"),
        ("bob", "cam"),
        ("gil", "guided_backpropagation"),
    ]
    assert [name for name, _ in result.skipped] == ["grad_cam.ipynb"]


def test_a_newer_hand_in_is_never_overwritten(tmp_path, classroom):
    name = {"ada/lrp.ipynb": b"new"}
    collect(make_zip(tmp_path / "new.zip", name), classroom, STEMS)
    older = make_zip(tmp_path / "old.zip", {"ada/lrp.ipynb": b"old"}, MOMENT - timedelta(days=1))
    assert "a newer one is there" in collect(older, classroom, STEMS).skipped[0][1]
    assert collect(tmp_path / "new.zip", classroom, STEMS).skipped == [("ada/lrp.ipynb", "it is already there")]
    assert there(classroom) == {"ada/lrp/lrp.ipynb": b"new"}
    newest = make_zip(tmp_path / "newest.zip", {"ada/lrp.ipynb": b"newest"}, MOMENT + timedelta(days=1))
    assert collect(newest, classroom, STEMS).taken == [("ada", "lrp", "replaced an older one")]
    assert there(classroom) == {"ada/lrp/lrp.ipynb": b"newest"}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../x/lrp.ipynb", "outside"),
        ("/etc/lrp.ipynb", "outside"),
        ("a/../../b/lrp.ipynb", "outside"),
        ("..\\x\\lrp.ipynb", "outside"),
        ("lrp.ipynb", "no learner"),
        ("ada/other.ipynb", "no learner"),
        ("=cmd()/lrp.ipynb", "learner's id"),
        ("-x/lrp.ipynb", "learner's id"),
        ("a*/lrp.ipynb", "learner's id"),
        ("<b>/lrp.ipynb", "learner's id"),
        (".hidden/lrp.ipynb", "learner's id"),
        ("x" * 101 + "/lrp.ipynb", "learner's id"),
        ("a\nb_lrp.ipynb", "learner's id"),
    ],
)
def test_what_names_no_learner_is_skipped_and_told(tmp_path, classroom, name, reason):
    before = sorted(tmp_path.rglob("*"))
    result = collect(make_tar(tmp_path / "a.tar.gz", {name: b"x"}), classroom, STEMS)
    assert result.taken == []
    assert reason in result.skipped[0][1]
    assert "\n" not in result.skipped[0][0]
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "a.tar.gz"])


def test_links_and_devices_are_skipped(tmp_path, classroom):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE):
            info = tarfile.TarInfo("ada/lrp.ipynb")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    info = zipfile.ZipInfo("ada/lrp.ipynb")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        zipped.writestr(info, "/etc/passwd")
    folder = make_folder(tmp_path / "a", {"bob/x": b""})
    (folder / "bob" / "lrp.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(folder / "eve_lrp.ipynb")
    (folder / "linked").symlink_to("/etc")
    for source, count in ((tmp_path / "a.tar", 4), (tmp_path / "a.zip", 1), (folder, 2)):
        result = collect(source, classroom, STEMS)
        assert result.taken == []
        assert len(result.skipped) == count
    assert there(classroom) == {}


def test_a_zip_bomb_costs_one_notebook_of_memory(tmp_path, classroom, monkeypatch):
    monkeypatch.setattr(archives, "MAX_NOTEBOOK_BYTES", 1000)
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 3000)
    files = {f"learner{number}/lrp.ipynb": b" " * 900 for number in range(5)} | {"big/lrp.ipynb": b" " * 10_000}
    result = collect(make_zip(tmp_path / "a.zip", files), classroom, STEMS)
    assert len(result.taken) == 3
    assert all("larger than" in reason for _, reason in result.skipped)
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 3000)
    with pytest.raises(ArchiveError, match="unpacks to more"):
        collect(make_tar(tmp_path / "a.tar.gz", {"x.bin": b" " * 10_000, "ada/lrp.ipynb": b""}), classroom, STEMS)


def test_a_header_of_absurd_size_is_refused(tmp_path, classroom):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    with gzip.open(tmp_path / "a.tar.gz", "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + b" " * 2**16)
    with pytest.raises(ArchiveError, match="absurd"):
        collect(tmp_path / "a.tar.gz", classroom, STEMS)


def test_damaged_members_and_archives(tmp_path, classroom):
    path = make_zip(tmp_path / "a.zip", {"ada/lrp.ipynb": os.urandom(5000), "bob/lrp.ipynb": b"fine"})
    raw = bytearray(path.read_bytes())
    raw[200:300] = bytes(100)
    path.write_bytes(raw)
    result = collect(path, classroom, STEMS)
    assert result.taken == [("bob", "lrp", "new")]
    assert "cannot be unpacked" in result.skipped[0][1]
    for content in (b"", b"no archive", b"\x1f\x8b broken", b"PK\x03\x04"):
        (tmp_path / "broken").write_bytes(content)
        if content:
            with pytest.raises(ArchiveError, match="cannot be read"):
                collect(tmp_path / "broken", classroom, STEMS)
    with pytest.raises(ArchiveError, match="cannot be read"):
        collect(tmp_path / "missing.zip", classroom, STEMS)


def test_the_exact_time_of_a_zip_is_used_where_there_is_one(tmp_path, classroom):
    moment = MOMENT + timedelta(seconds=1)  # the plain field counts in steps of two
    info = zipfile.ZipInfo("ada/lrp.ipynb", (1999, 1, 1, 0, 0, 0))
    info.extra = b"UT\x05\x00\x01" + int(moment.timestamp()).to_bytes(4, "little")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, b"x")
    collect(tmp_path / "a.zip", classroom, STEMS)
    assert classroom.timestamp(classroom.hand_ins("lrp")[0]) == moment
