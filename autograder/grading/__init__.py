"""How values from a submission are judged: hidden cases, comparison, misconceptions, the pytest plugin that joins them.

Everything here runs in the trusted process. What a submission computed arrives as plain values.
"""

from autograder import quiet  # noqa: F401 - before anything imports TensorFlow
from autograder.grading.calls import Call
from autograder.grading.cases import part
from autograder.grading.failures import LearnerFailure
from autograder.grading.misconceptions import misconception

__all__ = ["Call", "LearnerFailure", "misconception", "part"]
