"""From an attribution to a picture, without adding anything that is not in it.

Zero always has the same color, black in gray pictures and white in colored ones, and a map is only ever divided by
one number: stretching each map from its smallest to its largest value would show a pattern where there is none.
Every function returns arrays or a figure; nothing is drawn on a global canvas, nothing is shown by itself.
"""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from understanding_nn.errors import ArgumentError

# Blue - white - red, even in lightness on both sides, told apart with every kind of color vision.
_NEGATIVE, _ZERO, _POSITIVE = np.array([[0.10, 0.30, 0.75], [1.0, 1.0, 1.0], [0.80, 0.10, 0.10]], dtype=np.float32)
_GAP_INCHES = 0.03  # on each side of a picture in a grid
_TITLE_POINTS = 8.5


class Picture(Figure):
    """A figure that a notebook shows by itself, whether or not ``matplotlib.pyplot`` was imported.

    Example:
        >>> grid(np.zeros((2, 28, 28, 1)))._repr_png_()[1:4]
        b'PNG'
    """

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def truncate(attribution: np.ndarray, percentile: float = 99) -> np.ndarray:
    """Clips the few largest values of each map, so that the others can be seen.

    Args:
        attribution: maps, shape (N, H, W, C) or (N, H, W).
        percentile: values are clipped to this percentile of the map's absolute values, 0 to 100; where that is 0, as
            in a map with a few points only, to nothing: the map stays as it is.

    Returns:
        The clipped maps, shape and unit of ``attribution``, float32; signs are kept.

    Raises:
        ArgumentError: not maps, NaN or infinite values, or a percentile out of range.

    Example:
        >>> truncate(np.array([[[1.0, 2.0, -100.0]]]), percentile=50).tolist()
        [[[1.0, 2.0, -2.0]]]
    """
    maps = _as_maps(attribution)
    if not 0 <= percentile <= 100:
        raise ArgumentError(f"percentile is {percentile}; expected 0 to 100, for instance 99.")
    limit = np.percentile(np.abs(maps), percentile, axis=tuple(range(1, maps.ndim)), keepdims=True)
    limit = np.where(limit > 0, limit, np.inf).astype(np.float32)
    return _floats(np.clip(maps, -limit, limit))


def grayscale(attribution: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Shows how strong an attribution is at each pixel, its sign left out: black is none, white the most.

    Args:
        attribution: maps, shape (N, H, W, C) or (N, H, W); the absolute values of the channels are added.
        scale: the value that becomes white; by default the largest of each map. Give one number to compare maps.

    Returns:
        Shape (N, H, W), float32 in [0, 1]; larger values than ``scale`` are white, a map of zeros stays black.

    Raises:
        ArgumentError: not maps, NaN or infinite values, or a scale that is not positive.

    Example:
        >>> grayscale(np.array([[[0.0, 1.0, -2.0]]])).tolist()
        [[[0.0, 0.5, 1.0]]]
    """
    maps = np.abs(_as_maps(attribution))
    return _floats(np.clip(_scaled(maps.sum(axis=-1) if maps.ndim == 4 else maps, scale), 0, 1))


def heatmap(attribution: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Colors an attribution: red speaks for the target, blue against it, white is 0.

    Args:
        attribution: maps, shape (N, H, W, C) or (N, H, W); channels are added.
        scale: the absolute value that has the full color; by default the largest of each map. Give one number to
            compare maps.

    Returns:
        Colors, shape (N, H, W, 3), float32 in [0, 1]; a map of zeros is white.

    Raises:
        ArgumentError: not maps, NaN or infinite values, or a scale that is not positive.

    Example:
        >>> heatmap(np.zeros((1, 1, 2))).tolist()
        [[[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]]]
    """
    values = _signed(attribution, scale)[..., np.newaxis]
    return _floats(_ZERO + np.maximum(values, 0) * (_POSITIVE - _ZERO) + np.maximum(-values, 0) * (_NEGATIVE - _ZERO))


def overlay(images: np.ndarray, attribution: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Lays a heatmap over the images: the stronger the attribution of a pixel, the less of the image shows through.

    Args:
        images: shape (N, H, W, C) with one or three channels, or (N, H, W), in [0, 1].
        attribution: maps of the same height and width, as in ``heatmap``.
        scale: as in ``heatmap``.

    Returns:
        Colors, shape (N, H, W, 3), float32 in [0, 1]; where the attribution is 0, the image in a paler gray.

    Raises:
        ArgumentError: shapes that do not belong together, and as ``heatmap``.

    Example:
        >>> overlay(np.zeros((1, 28, 28, 1)), np.ones((1, 28, 28, 1))).shape
        (1, 28, 28, 3)
    """
    below = _as_maps(images)
    below = below if below.ndim == 4 else below[..., np.newaxis]
    values = _signed(attribution, scale)
    if below.shape[:3] != values.shape or below.shape[3] not in (1, 3):
        raise ArgumentError(
            f"images have shape {np.shape(images)}, attribution {np.shape(attribution)}; expected the same N, H and W, "
            "and images with one or three channels."
        )
    # Dark on white, as ink: on black, blue could not be told from nothing.
    paper = 1 - 0.6 * np.clip(below, 0, 1)
    strength = np.abs(values)[..., np.newaxis]
    color = np.where(values[..., np.newaxis] > 0, _POSITIVE, _NEGATIVE)
    return _floats((1 - strength) * paper + strength * color)


def grid(
    images: np.ndarray, titles: Sequence[str] | None = None, columns: int = 10, size_inches: float = 1.0
) -> Picture:
    """Puts pictures side by side in one figure.

    Args:
        images: shape (N, H, W, 3) in color, or (N, H, W, 1) or (N, H, W) in gray, values in [0, 1]: 0 black, 1 white.
        titles: one for each picture, or none.
        columns: pictures in a row.
        size_inches: width of a picture; the figure grows with the titles, where those need more.

    Returns:
        The figure; as the last line of a cell it is shown, ``savefig`` writes it to a file.

    Raises:
        ArgumentError: no pictures, another number of titles than of pictures, or columns below 1.

    Example:
        >>> [text.get_text() for text in grid(np.zeros((3, 28, 28)), titles=["a", "b", "c"]).axes[0].texts]
        ['a', 'b', 'c']
    """
    pictures = _as_maps(images)
    if pictures.ndim == 4 and pictures.shape[3] not in (1, 3):
        raise ArgumentError(f"images have shape {pictures.shape}; expected one channel (gray) or three (color).")
    if titles is not None and len(titles) != len(pictures):
        raise ArgumentError(f"there are {len(titles)} titles for {len(pictures)} pictures; expected one each.")
    if columns < 1:
        raise ArgumentError(f"columns is {columns}; expected 1 or more.")
    pictures = np.clip(pictures if pictures.ndim == 4 else pictures[..., np.newaxis], 0, 1)
    rows, columns = -(-len(pictures) // columns), min(columns, len(pictures))
    title_width, title_height = _title_inches(titles or [])
    picture_height = size_inches * pictures.shape[1] / pictures.shape[2]
    cell_width, cell_height = max(size_inches, title_width), picture_height + title_height
    figure = Picture(figsize=(columns * cell_width, rows * cell_height))
    # One coordinate system in inches, and one image for all pictures: one image each would take over twice as long.
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    lefts, tops = np.arange(columns) * cell_width, np.arange(rows) * cell_height + title_height
    axes.pcolorfast(
        _borders(lefts + (cell_width - size_inches) / 2, size_inches, pictures.shape[2]),
        _borders(tops, picture_height, pictures.shape[1]),
        _sheet(pictures, rows, columns),
    )
    for index, title in enumerate(titles or []):
        row, column = divmod(index, columns)
        axes.text(lefts[column] + cell_width / 2, tops[row], title, fontsize=_TITLE_POINTS, ha="center", va="bottom")
    axes.set(xlim=(0, columns * cell_width), ylim=(rows * cell_height, 0), aspect="auto")
    return figure


def _sheet(pictures: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """All pictures in one, with a transparent row or column between neighbors and where a picture is missing."""
    count, height, width, _ = pictures.shape
    cells = np.zeros((rows * columns, height + 1, width + 1, 4), np.float32)
    cells[:count, :height, :width, :3] = pictures
    cells[:count, :height, :width, 3] = 1
    cells = cells.reshape(rows, columns, height + 1, width + 1, 4).swapaxes(1, 2)
    return cells.reshape(rows * (height + 1), columns * (width + 1), 4)[:-1, :-1]


def _borders(starts: np.ndarray, length: float, pixels: int) -> np.ndarray:
    """Where each pixel of a row of pictures begins and ends, in inches; what lies between two pictures is a pixel."""
    inside = np.linspace(_GAP_INCHES, length - _GAP_INCHES, pixels + 1)
    return (starts[:, np.newaxis] + inside).ravel()


def _title_inches(titles: Sequence[str]) -> tuple[float, float]:
    """Width and height that the largest title needs above its picture; 0 without titles."""
    if not any(titles):
        return 0.0, 0.0
    font, setter = FontProperties(size=_TITLE_POINTS), TextToPath()
    lines = [title.split("\n") for title in titles]
    widths = [
        setter.get_text_width_height_descent(line, font, ismath="$" in line)[0] for each in lines for line in each
    ]
    return max(widths) / 72 + 0.1, max(map(len, lines)) * _TITLE_POINTS * 1.2 / 72 + 0.06


def _as_maps(values: np.ndarray) -> np.ndarray:
    maps = np.asarray(values)
    if maps.dtype.kind not in "fiub" or maps.ndim not in (3, 4) or maps.size == 0:
        raise ArgumentError(
            f"got shape {maps.shape} of type {maps.dtype}; expected numbers, (N, H, W, C) or (N, H, W). "
            "A single map needs a batch axis: write attribution[np.newaxis]."
        )
    if not np.isfinite(maps).all():
        raise ArgumentError("a value is NaN or infinite; expected finite numbers. Look where it comes from first.")
    return _floats(maps)


def _signed(attribution: np.ndarray, scale: float | None) -> np.ndarray:
    maps = _as_maps(attribution)
    return _floats(np.clip(_scaled(maps.sum(axis=-1) if maps.ndim == 4 else maps, scale), -1, 1))


def _scaled(maps: np.ndarray, scale: float | None) -> np.ndarray:
    if scale is None:
        largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
        return _floats(maps / np.where(largest > 0, largest, 1))
    if not (np.isfinite(scale) and scale > 0):
        raise ArgumentError(f"scale is {scale}; expected a positive number, for instance np.abs(attribution).max().")
    return _floats(maps / np.float32(scale))


def _floats(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float32)
