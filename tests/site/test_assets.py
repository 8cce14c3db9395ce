import base64
import hashlib
import io
import json
import tarfile

import pytest

from autograder.site import assets


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def integrity(content):
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


@pytest.fixture
def thebe(tmp_path, monkeypatch):
    """A lock file with one small package, and an npm that has it."""
    content = archive(
        {
            "package/lib/index.js": b"live();",
            "package/lib/index.js.map": b"{}",
            "package/src/secret.ts": b"",
            "package/lib/../../../escaped.js": b"bad",
        }
    )
    lock = tmp_path / "package-lock.json"
    entry = {"version": "1.2.3", "integrity": integrity(content)}
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/thebe": entry}}))
    (tmp_path / "thebe.tgz").write_bytes(content)
    npm = tmp_path / "npm"
    npm.write_text(
        "#!/bin/sh\n"
        f"echo called >> {tmp_path}/calls\n"
        f"[ -f {tmp_path}/broken ] && echo 'npm error code ENOTFOUND' >&2 && exit 1\n"
        f"cp {tmp_path}/thebe.tgz .\n"
    )
    npm.chmod(0o755)
    monkeypatch.setattr(assets, "npm", lambda: [str(npm)])
    return lock


def test_it_fetches_once_and_keeps_only_what_pages_load(thebe, tmp_path):
    destination = tmp_path / "assets"
    assert assets.install(destination, thebe) == ["thebe 1.2.3"]
    assert assets.install(destination, thebe) == []
    assert (tmp_path / "calls").read_text() == "called\n"
    files = sorted(path.relative_to(destination).as_posix() for path in destination.rglob("*") if path.is_file())
    assert files == ["thebe/.integrity", "thebe/index.js"]
    assert not list(tmp_path.rglob("escaped.js"))


def test_another_hash_is_refused_and_leaves_the_old_version(thebe, tmp_path):
    destination = tmp_path / "assets"
    assets.install(destination, thebe)
    lock = json.loads(thebe.read_text())
    lock["packages"]["node_modules/thebe"]["integrity"] = integrity(b"something else")
    thebe.write_text(json.dumps(lock))
    with pytest.raises(assets.AssetError, match="has the hash"):
        assets.install(destination, thebe)
    assert (destination / "thebe" / "index.js").read_bytes() == b"live();"


def test_no_network_is_one_clear_line(thebe, tmp_path):
    (tmp_path / "broken").touch()
    with pytest.raises(assets.AssetError, match=r"could not fetch thebe@1\.2\.3 \(npm error code ENOTFOUND\); check"):
        assets.install(tmp_path / "assets", thebe)


def test_npm_comes_with_the_environment_where_none_is_on_the_path(monkeypatch):
    monkeypatch.setenv("PATH", "")
    node, script = assets.npm()
    assert node.endswith("node")
    assert script.endswith("npm-cli.js")


def test_the_lock_file_pins_what_the_package_file_asks_for_and_names_no_host():
    wanted = json.loads(assets.LOCK.with_name("package.json").read_text())["dependencies"]
    assert {package.name: package.version for package in assets.pinned()} == wanted
    assert set(wanted) == set(assets.WANTED)
    assert "http" not in assets.LOCK.read_text()
