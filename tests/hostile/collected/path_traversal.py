# expected: collected ada
# Paths that lead out of the classroom, in a zip, next to an honest hand-in.
import zipfile

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for start in ("../", "../../", "/tmp/", "a/../../../", "..\\", "C:\\..\\", "./../x/", "\\\\host\\share\\..\\"):
            archive.writestr(f"{start}eve/{EXERCISE}", b"LEAKED")
        archive.writestr(f"../{EXERCISE}", b"LEAKED")
        archive.writestr(f"../secret/{EXERCISE}", b"LEAKED")
        archive.writestr(f".secret/{EXERCISE}", b"LEAKED")
        archive.writestr(f"ada/{EXERCISE}", b"{}")
    return folder / "class.zip"
