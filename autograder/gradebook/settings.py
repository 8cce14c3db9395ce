"""The nbgrader_config.py of a new classroom."""

CONFIG = '''\
"""nbgrader's settings for this classroom. Yours to change: nothing overwrites this file.

Besides `python -m autograder grade`, which grades a whole class fast, nbgrader's own commands work here: nbgrader
autograde, formgrader, generate_feedback, export. Run them in this folder, with the course's environment active.
"""

from autograder.gradebook.formulas import install_templates

c = get_config()  # noqa: F821  (nbgrader puts it there)

# The blank that a learner sees in place of a solution.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\\nraise NotImplementedError()"}

# A submission is one notebook. Files beside it are never copied: one of them may be a link to something of yours.
c.CourseDirectory.ignore = ["*", ".*"]

# What is read of a submission is a clean notebook, rebuilt from the exercise and the learner's answers.
c.Autograde.exporter_class = "autograder.gradebook.exporter.IntakeExporter"

# Submissions run in the sandbox, and scores come from the hidden tests, not from what a cell printed. Late penalties
# are nbgrader's: c.AssignLatePenalties.plugin_class names the plugin.
c.Autograde.autograde_preprocessors = [
    "autograder.gradebook.preprocessors.GradeInSandbox",
    "autograder.gradebook.preprocessors.SaveReport",
    "autograder.gradebook.preprocessors.LatePenalties",
]

# Formulas in feedback and formgrader need no script from another host.
install_templates()
c.TemplateExporter.filters = {"markdown2html": "autograder.gradebook.formulas.markdown2html"}
'''
