# expected: collected ada
# The same in a tar archive, with absolute paths.
import io
import tarfile

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    with tarfile.open(folder / "class.tar", "w") as archive:
        for name in (f"../eve/{EXERCISE}", f"/eve/{EXERCISE}", f"x/../../eve/{EXERCISE}", f"ada/{EXERCISE}"):
            content = b"{}" if name.startswith("ada") else b"LEAKED"
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return folder / "class.tar"
