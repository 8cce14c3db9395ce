"""How fast are the methods? Each against the bare compiled pass, forward and backward, of the same network.

    python benchmarks/methods.py [--batches 1 64 512] [--json]

The bare pass is what nobody can do without: one ``tf.function`` that computes the logits, and the gradient of their
sum with respect to the image, from tensors to an array. Method and bare pass take turns in one run, so that whatever
else the machine does disturbs both; the median of the ratios of neighbors is printed beside the target. The time of a
method that needs several passes is divided by their number.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.progress import track
from rich.table import Table

from solutions.backpropagation import backpropagation
from solutions.cam import cam
from solutions.deconvolution import deconvolution
from solutions.deep_taylor_decomposition import deep_taylor_decomposition
from solutions.deeplift import deeplift
from solutions.explanation_selectivity import flip_curve
from solutions.grad_cam import grad_cam
from solutions.grad_cam_pp import grad_cam_pp
from solutions.guided_backpropagation import guided_backpropagation
from solutions.integrated_gradients import integrated_gradients
from solutions.lrp import lrp, lrp_epsilon
from solutions.sensitivity_analysis import logit_gradient, sensitivity_analysis
from solutions.simple_taylor_decomposition import simple_taylor_decomposition
from solutions.smoothgrad import draw_noise, smooth_integrated_gradients, smoothgrad, vargrad
from understanding_nn import data, networks
from understanding_nn.cluttered import cluttered_mnist

Explain = Callable[[keras.Model, np.ndarray, np.ndarray], Any]


@dataclass(frozen=True)
class Method:
    """A method with what it is held against.

    Args:
        name: as printed.
        explain: (model, x, target) to anything.
        network: name of a trained network.
        num_passes: forward and backward passes that the method cannot do without.
        largest_ratio: the target from batch 64 on; at batch 1 it is 3 for every method.
    """

    name: str
    explain: Explain
    network: str = "mnist_cnn"
    num_passes: int = 1
    largest_ratio: float = 1.2


def lrp_alpha1_beta0(model: keras.Model, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The z⁺ rule in all layers."""
    return lrp(model, x, target, alpha=1.0, beta=0.0)


@cache
def noise_for(num_images: int) -> np.ndarray:
    """Noise for so many digits, four samples each, drawn once: drawing is not what is timed."""
    return draw_noise(np.resize(data.mnist().x_test, (num_images, 28, 28, 1)), num_samples=4, seed=0)


def with_noise(method: Callable[..., Any], **options: Any) -> Explain:
    """The method, with noise that was drawn before."""
    return lambda model, x, target: method(model, x, target, noise=noise_for(len(x)), **options)


def removal(model: keras.Model, x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Every patch removed in the order of the pixels' own values; its passes go forward only."""
    return flip_curve(model, x, x, target)


METHODS = (
    Method("logit_gradient", logit_gradient),
    Method("sensitivity_analysis", sensitivity_analysis),
    Method("sensitivity_analysis", sensitivity_analysis, network="mnist_mlp"),
    Method("simple_taylor_decomposition", simple_taylor_decomposition, network="mnist_mlp"),
    *(
        Method(name, explain, network, largest_ratio=largest_ratio)
        for name, explain, largest_ratio in (
            ("lrp, alpha 1 beta 0", lrp_alpha1_beta0, 2.0),
            ("lrp, alpha 2 beta 1", lrp, 3.0),
            ("lrp_epsilon", lrp_epsilon, 2.0),
            ("deep_taylor_decomposition", deep_taylor_decomposition, 2.0),
            ("deeplift", deeplift, 2.0),
        )
        for network in ("mnist_cnn", "mnist_mlp")
    ),
    Method("deconvolution", deconvolution),
    Method("backpropagation", backpropagation),
    Method("guided_backpropagation", guided_backpropagation),
    Method("integrated_gradients, 10 steps", partial(integrated_gradients, num_steps=10), num_passes=10),
    Method("smoothgrad, 4 samples", with_noise(smoothgrad), num_passes=4),
    Method("vargrad, 4 samples", with_noise(vargrad), num_passes=4),
    Method(
        "smooth_integrated_gradients, 4 samples, 5 steps",
        with_noise(smooth_integrated_gradients, num_steps=5),
        num_passes=20,
    ),
    Method("cam", cam, network="cluttered_cnn"),
    Method("grad_cam", partial(grad_cam, layer="conv3"), network="cluttered_cnn"),
    Method("grad_cam_pp", partial(grad_cam_pp, layer="conv3"), network="cluttered_cnn"),
    Method("flip_curve, 49 patches", removal, num_passes=50),
)


def bare_pass(model: keras.Model) -> Callable[[tf.Tensor, tf.Tensor], Any]:
    """Compiles the forward and backward pass of a network, with nothing around it."""

    def both_ways(x: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            logits = model(x, training=False)
        return tape.gradient(logits, x, output_gradients=tf.one_hot(target, logits.shape[-1]))

    compiled = tf.function(both_ways, autograph=False, reduce_retracing=True)
    return lambda x, target: compiled(x, target).numpy()


def images(network: str, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """So many images that a network takes, with their digits."""
    if network == "cluttered_cnn":
        cluttered = cluttered_mnist(batch, seed=0, split="test")
        return cluttered.images, cluttered.labels
    digits = data.mnist()
    repeated = np.resize(np.arange(len(digits.x_test)), batch)
    return digits.x_test[repeated], digits.y_test[repeated]


def measure(method: Method, batch: int, seconds: float) -> dict[str, Any]:
    """Times a method and the bare pass in turn, for about so many seconds."""
    model = networks.load(method.network)
    x, target = images(method.network, batch)
    bare, tensors = bare_pass(model), (tf.constant(x), tf.constant(target, tf.int32))
    times: dict[str, list[float]] = {"method": [], "bare": []}
    runs: dict[str, Callable[[], Any]] = {
        "method": lambda: method.explain(model, x, target),
        "bare": lambda: bare(*tensors),
    }
    for run in runs.values():  # trace, and warm up
        run()
        run()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times["bare"]) < 5:
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    ratio = statistics.median(ours / bare for ours, bare in zip(times["method"], times["bare"], strict=True))
    return {
        "method": method.name,
        "network": method.network,
        "batch": batch,
        "method_s": statistics.median(times["method"]),
        "bare_s": statistics.median(times["bare"]),
        "ratio": ratio / method.num_passes,
        "largest_ratio": 3.0 if batch == 1 else method.largest_ratio,
        "runs": len(times["bare"]),
    }


def main() -> int:
    """Measures every method at every batch size; the exit code is 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 64, 512], help="images at once")
    parser.add_argument("--seconds", type=float, default=3, help="time for each measurement")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    chosen = parser.parse_args()
    console = Console(stderr=True)
    plan = [(method, batch) for method in METHODS for batch in chosen.batches]
    results = [measure(*each, chosen.seconds) for each in track(plan, "Measuring", console=console)]
    if chosen.json:
        print("\n".join(json.dumps(result) for result in results))
    else:
        _print(results)
    return int(any(result["ratio"] > result["largest_ratio"] for result in results))


def _print(results: list[dict[str, Any]]) -> None:
    table = Table("method", "network", "batch", "method ms", "bare pass ms", "ratio", "target", "runs")
    for each in results:
        times = f"{1e3 * each['method_s']:.2f}", f"{1e3 * each['bare_s']:.2f}"
        numbers = f"{each['ratio']:.2f}", f"≤ {each['largest_ratio']}", str(each["runs"])
        table.add_row(each["method"], each["network"], str(each["batch"]), *times, *numbers)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
