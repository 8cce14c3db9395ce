# expected: collected ada
# Learners whose ids are formulas, script, terminal codes or options.
import zipfile

EXERCISE = "sensitivity_analysis.ipynb"
IDS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "<script>", "\x1b[31mred", "--db", "a\nb", "a,b", "")


def pack(folder):
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for learner in (*IDS, "ada"):
            archive.writestr(f"{learner}/{EXERCISE}", b"{}")
    return folder / "class.zip"
