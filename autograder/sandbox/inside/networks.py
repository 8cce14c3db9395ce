"""Networks cross as a name of `understanding_nn`, or as a list of layers with their weights."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

from numpy.typing import NDArray


class NetworkUnknownError(Exception):
    """No network has this name, or these layers make none."""


class Networks:
    """The networks that one side has received: what is sent twice is built once.

    A network that is called again is the same object, so what TensorFlow traced for it is still there.

    Args:
        kept: the most networks that are remembered at a time.
    """

    def __init__(self, kept: int = 32) -> None:
        self._kept = kept
        self._received: dict[str, Any] = {}

    @staticmethod
    def is_network(value: Any) -> bool:
        """Return whether `value` is a Keras model; false where Keras was never imported."""
        keras = sys.modules.get("keras")
        return keras is not None and isinstance(value, keras.Model)

    @staticmethod
    def name(model: Any) -> str | None:
        """Return the name under which `understanding_nn.networks` loaded this very object, if it did."""
        from understanding_nn import networks

        return networks.name_of(model)

    @staticmethod
    def describe(model: Any) -> tuple[list[dict[str, Any]], list[NDArray[Any]]]:
        """Return the layers of `model` as JSON can say them, and its weights."""
        from understanding_nn import networks

        return networks.describe(model)

    def load(self, name: str) -> Any:
        """Return the packaged network of this name.

        Raises:
            NetworkUnknownError: there is none.
        """
        from understanding_nn import networks

        if name not in networks.names():
            raise NetworkUnknownError(f"no network is called {name[:60]!r}")
        return self._once(name, lambda: networks.load(name))

    def build(self, layers: list[Any], weights: list[NDArray[Any]]) -> Any:
        """Return the network of these layers and weights, which may come from an untrusted side.

        Raises:
            NetworkUnknownError: `understanding_nn.networks.build` refuses them.
        """
        from understanding_nn import errors, networks

        digest = hashlib.sha256(json.dumps(layers, sort_keys=True).encode())
        for weight in weights:
            digest.update(f"{weight.dtype.str}{weight.shape}".encode())
            digest.update(weight.tobytes())
        try:
            return self._once(f"sha256:{digest.hexdigest()}", lambda: networks.build(layers, weights))
        except errors.UnderstandingNNError as error:
            raise NetworkUnknownError(f"no network can be built of these layers: {str(error)[:500]}") from None

    def _once(self, key: str, make: Any) -> Any:
        if key not in self._received:
            while len(self._received) >= self._kept:
                del self._received[next(iter(self._received))]
            self._received[key] = make()
        return self._received[key]
