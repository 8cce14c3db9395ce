"""One call of a learner's function with hidden arguments, and the answers to it that take no work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf

from autograder.grading.comparison import misses

PERTURBATION = 1e-6
"""How far arguments are moved to see whether the reference is at a kink, relative to their largest value."""

MARGIN = 100
"""How many tolerances a wrong answer must miss the reference by."""


@dataclass(frozen=True)
class Call:
    """One call of a learner's function with hidden arguments.

    Attributes:
        function: the function's name.
        args: positional arguments: arrays, numbers, networks.
        kwargs: keyword arguments.
        upstream: if given, the call's value is what comes back to the first argument when this goes in at the result:
            how a function with a gradient of its own is graded.
        label: what is special about the call, to end a message with: "with one target for all images".
        tolerance: largest allowed error relative to the largest value of each image.
    """

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    tolerance: float = 1e-4
    upstream: np.ndarray | None = None

    def on(self, module: ModuleType) -> Any:
        """What this call gives on an implementation of the technique."""
        function = getattr(module, self.function)
        value = function(*self.args, **self.kwargs) if self.upstream is None else self._pulled_back(function)
        return value.numpy() if isinstance(value, tf.Tensor) else value

    def _pulled_back(self, function: Callable[..., Any]) -> Any:
        point, *others = self.args
        point = tf.convert_to_tensor(point)
        with tf.GradientTape() as tape:
            tape.watch(point)
            result = function(point, *others, **self.kwargs)
        return tape.gradient(result, point, output_gradients=tf.convert_to_tensor(self.upstream))

    def nudged(self, rng: np.random.Generator) -> Call:
        """The same call with every floating-point array moved by about `PERTURBATION` of its largest value."""

        def nudge(value: Any) -> Any:
            if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
                noise = rng.uniform(-1, 1, value.shape) * PERTURBATION * np.abs(value).max()
                return (value + noise).astype(value.dtype)
            return value

        return replace(
            self,
            args=tuple(map(nudge, self.args)),
            kwargs={k: nudge(v) for k, v in self.kwargs.items()},
            upstream=nudge(self.upstream),
        )


def caught(calls: Sequence[Call], expected: Sequence[Any], answers: Sequence[Any]) -> bool:
    """Whether at least one of the answers to these calls misses the reference by `MARGIN` tolerances."""
    judged = zip(calls, expected, answers, strict=True)
    return any(misses(answer, value) >= MARGIN * call.tolerance for call, value, answer in judged)


def trivial_answers(calls: Sequence[Call], expected: Sequence[Any]) -> dict[str, tuple[Any, ...]]:
    """Answers that take no work: nothing but zeros, nothing but ones, an argument handed back."""

    def each(make: Callable[[Call, np.ndarray], Any]) -> tuple[Any, ...]:
        return tuple(
            tuple(make(call, np.asarray(e)) for e in value)
            if isinstance(value, tuple)
            else make(call, np.asarray(value))
            for call, value in zip(calls, expected, strict=True)
        )

    def argument(call: Call, value: np.ndarray) -> np.ndarray:
        same = [a for a in call.args if isinstance(a, np.ndarray) and a.shape == value.shape and a.dtype.kind == "f"]
        return same[0] if same else np.zeros_like(value)

    return {
        "zeros": each(lambda _, value: np.zeros_like(value)),
        "ones": each(lambda _, value: np.ones_like(value)),
        "an argument": each(argument),
    }
