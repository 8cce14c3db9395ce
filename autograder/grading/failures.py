"""The ways in which a hidden test ends without points."""


class LearnerFailure(AssertionError):  # noqa: N818 - a result of grading, not an error of ours
    """The submission is wrong. Learners see the message: it never holds a hidden input or a reference value.

    Args:
        message: what to tell the learner.
        stopped: it is not the values that are wrong: the notebook's process ended, or was stopped, before there were
            any. A person should look at such a hand-in.
    """

    def __init__(self, message: str, *, stopped: bool = False) -> None:
        super().__init__(message)
        self.stopped = stopped


class CouldNotTellError(Exception):
    """The fault is, or may be, ours: never a zero."""
