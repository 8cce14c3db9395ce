# expected: collected ada
# Symbolic and hard links, devices and pipes in place of notebooks.
import io
import tarfile

EXERCISE = "sensitivity_analysis.ipynb"


def pack(folder):
    secret = folder / "secret"
    secret.write_text("LEAKED")
    with tarfile.open(folder / "class.tar.gz", "w:gz") as archive:
        for learner, kind in (
            ("bob", tarfile.SYMTYPE),
            ("cat", tarfile.LNKTYPE),
            ("dan", tarfile.FIFOTYPE),
            ("eve", tarfile.CHRTYPE),
            ("fay", tarfile.DIRTYPE),
        ):
            member = tarfile.TarInfo(f"{learner}/{EXERCISE}")
            member.type, member.linkname = kind, str(secret)
            archive.addfile(member)
        member = tarfile.TarInfo(f"ada/{EXERCISE}")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    return folder / "class.tar.gz"
