"""Compiled functions of a network, traced once per network.

A Keras model that is called step by step from Python is slow: ten to a hundred times, for a small network and one
image. ``tf.function`` compiles a function, but a compiled function that is defined anew in each call is compiled anew
each time. ``traced`` remembers what it has compiled, so that a method can define its step where it is used.

Compiling takes as long as some ten calls. A function that is called once or twice is quicker without, so the first
few calls run step by step.
"""

import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from understanding_nn.errors import ArgumentError

_ATTRIBUTE = "_understanding_nn_traces"
# Enough for every method of the course on one network; a bound, so that a changing closure cannot fill the memory.
_MAX_TRACES = 64
_LOCK = threading.Lock()
EAGER_CALLS = 3
"""How often a function runs step by step before it is compiled."""


def traced(model: keras.Model, function: Callable[..., Any], *, at_once: bool = False) -> Callable[..., Any]:
    """Compiles a function of a network, once, when it has been called a few times.

    Two calls with the same model and the same function give the same compiled function, also when the function was
    defined anew in between, as a nested function is: "the same" means the same code, the same values of the variables
    that it takes from outside, and the same code of the functions of its module that it calls. The compiled functions
    live as long as the model. The number of images may change from call to call without tracing again.

    A function that cannot be compiled goes on step by step, with a warning that says why.

    Numbers taken from outside (a nested function's ``epsilon``) become part of the compiled function. Arrays must be
    handed over as arguments. The function is compiled as it stands, without AutoGraph: a Python loop is unrolled, and
    a decision that depends on a tensor's value needs ``tf.where`` or ``tf.cond``.

    Args:
        model: the network that the function computes with.
        function: a function of tensors, or arrays, to tensors; it has no side effects. The first axis of each
            argument may change its size from call to call.
        at_once: compile at the first call: for a function that is long in itself, as one with a loop of many steps is.

    Returns:
        The compiled function: the same arguments, the same results, as tensors.

    Raises:
        ArgumentError: the function takes an array or a tensor from outside.

    Example:
        >>> import numpy as np
        >>> from understanding_nn import networks
        >>> model = networks.load("mnist_mlp")
        >>> def largest_logit(x):
        ...     return tf.reduce_max(model(x), axis=1)
        >>> traced(model, largest_logit)(np.zeros((2, 28, 28, 1), "float32")).shape
        TensorShape([2])
    """
    key = _fingerprint(function, seen=())
    with _LOCK:
        # Not by setattr: Keras tracks what it sets, and would copy the dictionary and save it with the model.
        traces: OrderedDict[Any, _Compiled] = model.__dict__.setdefault(_ATTRIBUTE, OrderedDict())
        compiled = traces.get(key)
        if compiled is None:
            compiled = traces[key] = _Compiled(function, 0 if at_once else EAGER_CALLS)
            if len(traces) > _MAX_TRACES:
                traces.popitem(last=False)
        else:
            traces.move_to_end(key)
    return compiled


class _Compiled:
    """A function, compiled once for each signature of its arguments; the first axis is left open."""

    def __init__(self, function: Callable[..., Any], eager_calls: int):
        self._function = function
        self._eager_calls = eager_calls
        self._by_signature: dict[tuple[Any, ...], Callable[..., Any]] = {}
        self._lock = threading.RLock()  # else two threads would compile the same twice

    def __call__(self, *arguments: Any) -> Any:
        tensors = [tf.convert_to_tensor(argument) for argument in arguments]
        if self._eager_calls > 0:
            self._eager_calls -= 1
            return self._eager(*tensors)
        signature = tuple((tensor.dtype, tensor.shape.rank, tuple(tensor.shape[1:])) for tensor in tensors)
        with self._lock:
            compiled = self._by_signature.get(signature) or self._compile(tensors)
            self._by_signature[signature] = compiled
        return compiled(*tensors)

    def _compile(self, tensors: list[tf.Tensor]) -> Callable[..., Any]:
        specs = [_first_axis_open(tensor) for tensor in tensors]
        # A partial, because TensorFlow counts traces by code object, and would warn of too many where one nested
        # step is compiled for several networks, or with several options.
        graphs = tf.function(partial(self._function), input_signature=specs, autograph=False)
        try:
            graphs.get_concrete_function()
        except Exception as error:
            self._eager(*tensors)  # an error of the function's own is raised here, and says more
            name = getattr(self._function, "__name__", "the function")
            warnings.warn(f"{name}() runs step by step, since it cannot be compiled: {error}", stacklevel=4)
            return self._eager
        compiled: Callable[..., Any] = graphs
        return compiled

    def _eager(self, *tensors: tf.Tensor) -> Any:
        result = self._function(*tensors)
        return tf.nest.map_structure(lambda value: None if value is None else tf.convert_to_tensor(value), result)


def _first_axis_open(tensor: tf.Tensor) -> tf.TensorSpec:
    shape = tensor.shape if not tensor.shape.rank else [None, *tensor.shape[1:]]
    return tf.TensorSpec(shape, tensor.dtype)


class _Identity:
    """Stands for an object that is compared by identity; holds it, so that its place in memory is not taken."""

    def __init__(self, held: object):
        self._held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self._held is other._held

    def __hash__(self) -> int:
        return id(self._held)


def _fingerprint(value: Any, seen: tuple[Any, ...]) -> Any:
    """Something hashable that is equal for two values exactly where they compile to the same thing."""
    if isinstance(value, FunctionType):
        return _Identity(value) if value in seen else _of_function(value, (*seen, value))
    if isinstance(value, MethodType):
        return "method", _Identity(value.__self__), _fingerprint(value.__func__, seen)
    if isinstance(value, bool | int | float | complex | np.generic):
        return type(value), repr(value)  # repr tells 0.0 from -0.0, and finds NaN equal to itself
    if isinstance(value, str | bytes | type(None)):
        return value
    if isinstance(value, list | tuple):
        return type(value), tuple(_fingerprint(each, seen) for each in value)
    if isinstance(value, dict):
        return dict, tuple((key, _fingerprint(each, seen)) for key, each in value.items())
    return _Identity(value)


def _of_function(function: FunctionType, seen: tuple[Any, ...]) -> tuple[Any, ...]:
    code = function.__code__
    outside = []
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        value = _contents(cell)
        if isinstance(value, np.ndarray | tf.Tensor):
            raise ArgumentError(
                f"{function.__name__}() takes the array '{name}' from outside, so it would be compiled again for "
                f"each array; expected numbers and models only. Make it an argument: "
                f"traced(model, {function.__name__})(..., {name})."
            )
        outside.append(_fingerprint(value, seen))
    # A function that is called, and was then corrected in its notebook cell, must be compiled again.
    called = tuple(
        _fingerprint_of_global(function, name, seen) for name in _names(code) if name in function.__globals__
    )
    defaults = _fingerprint(function.__defaults__, seen), _fingerprint(function.__kwdefaults__, seen)
    return code, tuple(outside), defaults, called


def _fingerprint_of_global(function: FunctionType, name: str, seen: tuple[Any, ...]) -> Any:
    value = function.__globals__[name]
    imported = isinstance(value, FunctionType) and value.__globals__ is not function.__globals__
    return _Identity(value) if imported else _fingerprint(value, seen)


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that is not set yet
        return None


def _names(code: CodeType) -> tuple[str, ...]:
    """The names that the code, and the code of the functions nested in it, looks up outside."""
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return (*code.co_names, *(name for each in inner for name in _names(each)))
