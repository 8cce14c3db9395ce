"""The instructor's side: assembles exercises, runs hand-ins in a sandbox, grades them, fills nbgrader's gradebook.

May import every room but `book`. Nothing here is visible to a submission, except `sandbox/inside/`.
"""

import sys

# jsonschema asks for this module on import, for a format that no notebook uses, and its grammar takes a second to
# compile: in each command and each worker.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
