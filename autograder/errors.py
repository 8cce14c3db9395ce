"""What can go wrong on our side of the wall. A learner's mistake is never an exception: it is a Report."""


class AutograderError(Exception):
    """Base of every error of the grader that a user can do something about."""


class UnknownStemError(AutograderError, ValueError):
    """No technique of the course has this name."""


class AssemblyError(AutograderError):
    """An exercise's master and its solution do not fit together."""


class GraderError(AutograderError):
    """A hidden grader is wrong: a case that tells nothing apart, or a part that no test grades."""
