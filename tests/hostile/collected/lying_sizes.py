# expected: collected ada
# A zip whose table says that the large file is small.
import struct
import zipfile

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    path = folder / "class.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"ada/{EXERCISE}", b"{}")
        archive.writestr(f"eve/{EXERCISE}", bytes(140 << 20))
    raw = path.read_bytes().replace(struct.pack("<I", 140 << 20), struct.pack("<I", 100))
    path.write_bytes(raw)
    return path
