"""The instructor's side: assembles exercises, runs hand-ins in a sandbox, grades them, fills nbgrader's gradebook.

May import every room but `book`. Nothing here is visible to a submission, except `sandbox/inside/`.
"""
