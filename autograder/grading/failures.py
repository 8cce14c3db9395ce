"""The ways in which a hidden test ends without points."""


class LearnerFailure(AssertionError):  # noqa: N818 - a result of grading, not an error of ours
    """The submission is wrong. Learners see the message: it never holds a hidden input or a reference value."""


class CouldNotTellError(Exception):
    """The fault is, or may be, ours: never a zero."""
