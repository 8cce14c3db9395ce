"""From the file that a learner handed in to a clean notebook that may be graded and shown. Trusted code, hostile input.

`reading` gets cells out of any bytes, `matching` says which of them answers which cell of the exercise, `rebuilding`
puts the clean notebook together. Imports `autograder.assembly` and nothing of the sandbox.
"""

from autograder.intake.reading import MAX_NOTEBOOK_BYTES
from autograder.intake.rebuilding import Intake, rebuild

__all__ = ["MAX_NOTEBOOK_BYTES", "Intake", "rebuild"]
