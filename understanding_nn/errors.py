"""The errors that this course raises. Each message says what came, what was expected, and what to do."""


class UnderstandingNNError(Exception):
    """Anything that this course raises on purpose; catch this to catch them all.

    Example:
        >>> issubclass(ArgumentError, UnderstandingNNError) and issubclass(ArgumentError, ValueError)
        True
    """


class ArgumentError(UnderstandingNNError, ValueError):
    """An argument has the wrong type, shape or value."""


class UnsupportedLayerError(UnderstandingNNError, ValueError):
    """A network has a layer that the method cannot explain; the message names the layer."""


class DataError(UnderstandingNNError, RuntimeError):
    """A data set or a file cannot be had: no network, a damaged file, a checkpoint of another run."""
