import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import PatchSet, read_patches
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting import shown_patch
from freqbench.reporting.comparison_figure import draw_comparison

PSNR = {"input": 20.0, "gaussian": 25.0, "clean": np.inf, "spatial": 28.0, "ffl": 27.0, "lffl_a1": 29.0}
MEANS = {(method, "psnr"): value for method, value in PSNR.items()}
MEANS |= {(method, "ssim"): 0.5 for method in PSNR}


def restore_all(config):
    """Write restored patches that differ from method to method."""
    layout = Layout.of(config)
    test = read_patches(layout, "tiny", 1).side("test")
    clean, noisy = to_unit_range(test.clean), to_unit_range(test.noisy)
    for place, method in enumerate(config.method_names):
        share = {"input": 0.0, "clean": 1.0}.get(method, 0.1 * place)
        path = layout.restored("tiny", method, 1, 0)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, (share * clean + (1 - share) * noisy).astype(np.float32))


@pytest.fixture
def make_results(make_study, write_results):
    def make(**changes):
        config = make_study(**changes)
        restore_all(config)
        write_results(config, MEANS, spread=0.1)
        return config

    return make


@pytest.fixture
def drawn(make_results, drawn_figures):
    """Return a function that draws the figure of a new study, without saving it, and returns study and figure."""

    def draw(**changes):
        config = make_results(**changes)
        draw_comparison(config, "tiny")
        return config, drawn_figures[-1]

    return draw


def panels(figure):
    """Return the axes of the images by their title, and those of the regions below each."""
    titles = [axes.get_title() for axes in figure.axes]
    found = {}
    for axes, title in zip(figure.axes, titles, strict=True):
        if title:
            found[title] = (axes, [])
        else:
            next(reversed(found.values()))[1].append(axes)
    return found


def texts_of(figure):
    labels = [text for axes in figure.axes for text in (axes.title, axes.xaxis.label)]
    return [text for text in (*figure.texts, *labels) if text.get_text()]


def assert_inside(figure):
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = figure.bbox
    boxes = []
    for text in texts_of(figure):
        box = text.get_window_extent(renderer)
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, text
        boxes.append(box)
    for axes in figure.axes:
        box = axes.get_window_extent(renderer)
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        # no text lies on an image
        assert not any(box.padded(-1).overlaps(other) for other in boxes)
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_both_files_are_written_and_show_something(make_results):
    config = make_results()
    draw_comparison(config, "tiny")
    layout = Layout.of(config)
    with Image.open(layout.figure("tiny", "png")) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    assert min(pixels.shape[:2]) > 300
    assert pixels.std() > 20
    yellow = (pixels[..., 0] > 200) & (pixels[..., 1] > 150) & (pixels[..., 2] < 60)
    assert yellow.sum() > 1000
    pdf = layout.figure("tiny", "pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and pdf.rstrip().endswith(b"%%EOF")


def test_the_same_study_gives_the_same_bytes(make_results):
    config = make_results()
    files = []
    for _ in range(2):
        draw_comparison(config, "tiny")
        files.append([Layout.of(config).figure("tiny", suffix).read_bytes() for suffix in ("png", "pdf")])
    assert files[0] == files[1]


def test_every_method_is_shown_from_input_to_clean(drawn):
    config, figure = drawn()
    assert list(panels(figure)) == [
        "Input (degraded)",
        "Gaussian filter",
        "Spatial only",
        "FFL",
        "LFFL α=1",
        "Clean (target)",
    ]
    layout = Layout.of(config)
    test = read_patches(layout, "tiny", 1).side("test")
    metrics = pd.read_csv(layout.image_metrics("tiny", "spatial", 1, 0))
    values = metrics[metrics["metric"] == "psnr"].sort_values("value")
    patch = values["patch_id"].iloc[2]
    row = int(np.flatnonzero(test.table["patch_id"] == patch)[0])
    assert figure.texts[0].get_text() == "tiny: patch " + patch.removeprefix("tiny/")
    names = ("input", "gaussian", "spatial", "ffl", "lffl_a1", "clean")
    for (axes, _), method in zip(panels(figure).values(), names, strict=True):
        expected = np.load(layout.restored("tiny", method, 1, 0))[row]
        assert np.array_equal(axes.images[0].get_array(), expected)
        psnr = pd.read_csv(layout.image_metrics("tiny", method, 1, 0)).query("patch_id == @patch and metric == 'psnr'")
        shown = "∞" if method == "clean" else f"{psnr['value'].item():.2f}"
        assert axes.get_xlabel().startswith(f"{shown} dB  SSIM 0.")


def test_one_grey_scale_and_one_place_in_all_panels(drawn):
    _, figure = drawn()
    limits = {axes.images[0].get_clim() for axes in figure.axes}
    assert len(limits) == 1
    places = []
    for axes, regions in panels(figure).values():
        boxes = [(int(box.get_x() + 0.5), int(box.get_y() + 0.5)) for box in axes.patches[1::2]]
        places.append(boxes)
        assert len(regions) == 2
        image = axes.images[0].get_array()
        for region, (x, y) in zip(regions, boxes, strict=True):
            assert np.array_equal(region.images[0].get_array(), image[y : y + 8, x : x + 8])
    assert all(boxes == places[0] for boxes in places)


def test_nothing_is_cut_or_covered(drawn):
    _, figure = drawn(note="A remark that a reader must know. " * 40, verdict="leaking")
    notes = figure.texts[-1].get_text()
    assert " ".join(notes.split()).count("A remark that a reader must know.") == 40
    assert "LEAKING" in notes
    assert_inside(figure)


@pytest.mark.parametrize("regions", [1, 3, 4])
def test_any_number_of_regions_fits(drawn, regions):
    _, figure = drawn(figures={"regions": regions})
    assert {len(details) for _, details in panels(figure).values()} == {regions}
    assert_inside(figure)


def test_two_panels_and_a_long_name_fit(drawn):
    methods = [{"name": "spatial"}, {"name": "lffl_a1", "loss": "l1", "weight": 1.0}]
    _, figure = drawn(methods=methods, controls=[])
    assert list(panels(figure)) == ["Spatial only", "LFFL α=1", "Clean (target)"]
    assert "dB" not in panels(figure)["Clean (target)"][0].get_xlabel()
    assert_inside(figure)


def test_a_patch_smaller_than_the_regions_is_shown_whole(drawn):
    _, figure = drawn(figures={"region_size": 48})
    for axes, regions in panels(figure).values():
        assert [region.images[0].get_array().shape for region in regions] == [(32, 32)]
        assert {(box.get_width(), box.get_height()) for box in axes.patches} == {(32, 32)}


def test_oblong_patches_keep_their_shape(drawn, monkeypatch):
    def cut(layout, dataset, split):
        patches = read_patches(layout, dataset, split)
        return PatchSet(patches.table, np.array(patches.noisy)[:, :20], np.array(patches.clean)[:, :20])

    monkeypatch.setattr(shown_patch, "read_patches", cut)
    monkeypatch.setattr(shown_patch, "read_restored", lambda path, _: np.load(path)[:, :20])
    _, figure = drawn()
    box = figure.axes[0].get_window_extent()
    assert box.height / box.width == pytest.approx(20 / 32, abs=0.01)
    assert_inside(figure)


def test_without_psnr_and_ssim_the_figure_has_no_captions(make_study, write_results):
    config = make_study()
    restore_all(config)
    write_results(config, {(method, "gmsd"): 0.1 for method in PSNR})
    draw_comparison(config, "tiny")
    assert Layout.of(config).figure("tiny", "png").is_file()


def test_a_missing_restored_file_is_named(make_results):
    config = make_results()
    Layout.of(config).restored("tiny", "ffl", 1, 0).unlink()
    with pytest.raises(FreqbenchError, match=r"ffl/split1_seed0\.npy: no readable restored patches"):
        draw_comparison(config, "tiny")
    assert not Layout.of(config).figure("tiny", "png").exists()


def test_restored_patches_of_another_data_set_are_refused(make_results):
    config = make_results()
    path = Layout.of(config).restored("tiny", "ffl", 1, 0)
    np.save(path, np.load(path)[:3])
    with pytest.raises(FreqbenchError, match="has the shape"):
        draw_comparison(config, "tiny")


def test_of_several_splits_the_first_is_drawn_and_named(drawn, make_results):
    _, alone = drawn()
    config, figure = drawn(datasets={"tiny": {"split": {"repeats": 2}}}, verdict="related")
    heading, notes = (text.get_text() for text in figure.texts[:2])
    assert heading.startswith("tiny, split 1 of 2: patch raw/")
    assert alone.texts[0].get_text().startswith("tiny: patch raw/")
    # the figure shows nothing of the other split, whose audit is not its business
    assert "tiny, split 1: train and test" in " ".join(notes.split())
    assert not Layout.of(config).restored("tiny", "ffl", 2, 0).exists()
