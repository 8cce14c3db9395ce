import matplotlib.figure
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from understanding_nn import plots
from understanding_nn.errors import ArgumentError

RNG = np.random.default_rng(0)
MAPS = RNG.standard_normal((3, 8, 8, 1))
BLUE, WHITE, RED = plots._NEGATIVE, plots._ZERO, plots._POSITIVE


def test_truncate_clips_each_map_to_its_own_percentile():
    maps = np.stack([np.arange(-50, 51.0).reshape(1, 101), 10 * np.arange(-50, 51.0).reshape(1, 101)])
    clipped = plots.truncate(maps, 80)
    limit = np.percentile(np.abs(maps[0]), 80)
    np.testing.assert_allclose(clipped[0], np.clip(maps[0], -limit, limit), rtol=1e-6)
    np.testing.assert_allclose(clipped[1], 10 * clipped[0], rtol=1e-6)
    np.testing.assert_array_equal(plots.truncate(MAPS, 100), MAPS.astype(np.float32))


def test_truncate_leaves_a_map_of_few_points_alone():
    maps = np.zeros((1, 28, 28, 1))
    maps[0, 3, 4] = -5
    np.testing.assert_array_equal(plots.truncate(maps), maps)


def test_gray_is_black_at_zero_and_proportional():
    maps = np.array([[[0.0, 1.0], [-2.0, 4.0]]])
    np.testing.assert_allclose(plots.grayscale(maps), [[[0, 0.25], [0.5, 1]]])
    np.testing.assert_allclose(plots.grayscale(maps, scale=2), [[[0, 0.5], [1, 1]]])
    np.testing.assert_allclose(plots.grayscale(np.array([[[[3.0, -3.0]], [[1.0, 0.5]]]])), [[[1], [0.25]]])


def test_no_contrast_is_invented():
    nearly_even = np.full((1, 4, 4), 1.0)
    nearly_even[0, 0, 0] = 0.99
    assert np.ptp(plots.grayscale(nearly_even)) == pytest.approx(0.01, abs=1e-6)
    assert np.ptp(plots.heatmap(nearly_even)) < 1
    assert np.ptp(plots.heatmap(nearly_even)[..., 1]) < 0.02
    assert not plots.grayscale(np.zeros((2, 4, 4))).any()
    assert (plots.heatmap(np.zeros((2, 4, 4))) == 1).all()


def test_colors_are_centred_on_zero():
    colors = plots.heatmap(np.array([[[-4.0, -2.0, 0.0, 1.0, 4.0]]]))[0, 0]
    np.testing.assert_allclose(colors, [BLUE, (BLUE + WHITE) / 2, WHITE, WHITE + (RED - WHITE) / 4, RED], atol=1e-6)
    np.testing.assert_allclose(plots.heatmap(np.array([[[0.0, 4.0]]]))[0, 0], [WHITE, RED], atol=1e-6)


def test_a_common_scale_makes_maps_comparable():
    weak, strong = plots.heatmap(np.array([[[1.0]], [[2.0]]]), scale=2)
    np.testing.assert_allclose(weak[0, 0], (WHITE + RED) / 2, atol=1e-6)
    np.testing.assert_allclose(strong[0, 0], RED, atol=1e-6)


def test_overlay_shows_the_image_where_nothing_is_attributed():
    image = np.array([[[0.0, 1.0, 1.0, 1.0]]])[..., np.newaxis]
    shown = plots.overlay(image, np.array([[[0.0, 0.0, 3.0, -3.0]]]))[0, 0]
    np.testing.assert_allclose(shown, [[1, 1, 1], [0.4, 0.4, 0.4], RED, BLUE], atol=1e-6)
    assert plots.overlay(RNG.random((3, 8, 8, 3)), MAPS).shape == (3, 8, 8, 3)


@pytest.mark.parametrize(
    "function", [plots.truncate, plots.grayscale, plots.heatmap, lambda maps: plots.overlay(maps * 0, maps)]
)
def test_results_are_new_arrays_in_float32(function):
    before = MAPS.copy()
    result = function(MAPS)
    assert result.dtype == np.float32
    assert result.shape[:3] == MAPS.shape[:3]
    assert not np.shares_memory(result, MAPS)
    np.testing.assert_array_equal(MAPS, before)
    if function is not plots.truncate:
        assert result.min() >= 0
        assert result.max() <= 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.truncate(MAPS[0, ..., 0]), r"\(8, 8\).*np.newaxis"),
        (lambda: plots.heatmap(np.zeros((0, 8, 8))), "expected numbers"),
        (lambda: plots.heatmap([["a"]]), "expected numbers"),
        (lambda: plots.grayscale(MAPS * np.nan), "NaN"),
        (lambda: plots.truncate(MAPS, 101), "0 to 100"),
        (lambda: plots.grayscale(MAPS, scale=0), "positive number"),
        (lambda: plots.heatmap(MAPS, scale=float("nan")), "positive number"),
        (lambda: plots.overlay(MAPS[:2], MAPS), "same N, H and W"),
        (lambda: plots.overlay(np.zeros((3, 8, 8, 2)), MAPS), "one or three channels"),
        (lambda: plots.grid(np.zeros((3, 8, 8, 2))), "one channel"),
        (lambda: plots.grid(MAPS, titles=["a"]), "1 titles for 3"),
        (lambda: plots.grid(MAPS, columns=0), "1 or more"),
    ],
)
def test_what_cannot_be_shown(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def drawn(figure):
    """The figure's pixels, 100 to an inch, colors between 0 and 1."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def in_the_grid(figure, row, column):
    """The colors at the centers of the pixels of one picture, 8 x 8 and an inch wide."""
    steps = 0.03 + (np.arange(8) + 0.5) * 0.94 / 8
    return drawn(figure)[np.ix_((100 * (row + steps)).astype(int), (100 * (column + steps)).astype(int))]


def test_grid_puts_pictures_in_rows():
    pictures = RNG.uniform(0, 1, (5, 8, 8, 3))
    figure = plots.grid(pictures, columns=2)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure.get_size_inches().tolist() == [2, 3]
    for index, picture in enumerate(pictures):
        np.testing.assert_allclose(in_the_grid(figure, *divmod(index, 2)), picture, atol=1 / 255)
    assert (in_the_grid(figure, 2, 1) == 1).all()  # there is no sixth
    edges = drawn(figure)[[0, 100, 199, 299]]
    assert (edges == 1).all()
    assert (drawn(figure)[:, [0, 100, 199]] == 1).all()


def test_a_grid_may_have_pictures_of_any_shape_and_size():
    picture = RNG.uniform(0, 1, (1, 4, 8, 1))
    figure = plots.grid(picture, size_inches=2)
    assert figure.get_size_inches().tolist() == [2, 1]
    shown = drawn(figure)
    np.testing.assert_allclose(
        shown[[15, 38, 62, 85]][:, [10, 199 - 10]], picture[0][:, [0, 7]] * np.ones(3), atol=1 / 255
    )


@pytest.mark.parametrize(("titles", "wider"), [(["a picture of something"], True), (["a"], False)])
def test_titles_stand_above_and_long_ones_get_room(titles, wider):
    figure = plots.grid(np.zeros((1, 8, 8)), titles)
    width, height = figure.get_size_inches()
    assert bool(width > 1.3) is wider
    black = (drawn(figure) == 0).all(axis=2)
    across, down = black[int(100 * height) - 50].sum(), black[:, int(100 * width) // 2].sum()
    assert (across, down) == pytest.approx((94, 94), abs=2)  # the picture itself stays as large as it was asked for
    (axes,) = figure.axes
    assert [title.get_text() for title in axes.texts] == titles
    assert (drawn(figure)[: int(100 * height) - 98] < 0.5).any()


def test_grid_shows_values_as_they_are():
    shown = in_the_grid(plots.grid(np.full((1, 8, 8), 0.5)), 0, 0)
    np.testing.assert_allclose(shown, 0.5, atol=1 / 255)  # not stretched to the smallest and largest value


def test_a_figure_shows_itself_and_leaves_no_global_state():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = pyplot.get_fignums()
    figure = plots.grid(plots.heatmap(MAPS))
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pyplot.get_fignums() == before
