# expected: collected ada
# Half a megabyte that unpacks to more than is allowed for a notebook.
import zipfile

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    with zipfile.ZipFile(folder / "class.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open(f"eve/{EXERCISE}", "w") as file:
            for _ in range(130):
                file.write(bytes(1 << 20))
        archive.writestr(f"ada/{EXERCISE}", b"{}")
    return folder / "class.zip"
