import pandas as pd
import pytest

from freqbench.classical.control import make_control
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.reporting.frc_figure import draw_frc, reference_of
from freqbench.reporting.frc_table import write_frc_table
from freqbench.reporting.method_styles import KNOWN
from freqbench.run import Run
from freqbench.spectra.measure import measure_spectra


@pytest.fixture
def measured(make_study):
    """Return a function that measures the controls of a study; its methods are made up from them."""

    def make(**changes):
        config = make_study(**changes)
        for method in config.method_names_of("tiny"):
            run = Run(config, "tiny", method)
            if run.is_control:
                make_control(run)
            else:
                source = run.layout.restored("tiny", "gaussian", 1, 0)
                target = run.layout.restored(*run.key)
                target.parent.mkdir(parents=True)
                target.write_bytes(source.read_bytes())
            measure_spectra(run)
        return config

    return make


def test_the_table_gives_every_method_in_the_unit_that_is_known(measured):
    config = measured(datasets={"tiny": {"pixel_size": 0.25}})
    write_frc_table(config)
    layout = Layout.of(config)
    numbers = pd.read_csv(layout.frc_table("csv"))
    assert set(numbers["method"]) == set(config.method_names_of("tiny"))
    assert len(numbers) == 6 * 2 * 2
    assert numbers["micrometres"].dropna().to_numpy() == pytest.approx(0.25 * numbers["pixels"].dropna().to_numpy())
    text = layout.frc_table("md").read_text(encoding="utf-8")
    assert "to clean, 1/7 (µm) ↓" in text
    assert "between captures, half-bit (µm) ↓" in text
    # two pixels of 0.25 micrometres: the Nyquist frequency
    assert "| Clean (target) | ≤ 0.50 | ≤ 0.50 | ≤ 0.50 | ≤ 0.50 |" in text
    assert layout.frc_table("html").exists()


def test_single_captures_have_no_column_between_captures_and_the_page_says_why(measured):
    config = measured(patches={"captures": 1})
    write_frc_table(config)
    text = Layout.of(config).frc_table("md").read_text(encoding="utf-8")
    assert "between captures" not in text.splitlines()[2]
    assert "to clean, 1/7 (pixels) ↓" in text
    assert "tiny: no window was captured twice" in text


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"controls": ["input", "gaussian"]},
        {"patches": {"captures": 1}},
        {"datasets": {"tiny": {"pixel_size": 0.1}}},
    ],
)
def test_the_figure_is_drawn_as_png_and_pdf_the_same_each_time(measured, changes):
    config = measured(**changes)
    paths = [Layout.of(config).frc_figure("tiny", suffix) for suffix in ("png", "pdf")]
    draw_frc(config, "tiny")
    first = [path.read_bytes() for path in paths]
    draw_frc(config, "tiny")
    assert [path.read_bytes() for path in paths] == first
    assert first[0].startswith(b"\x89PNG")
    assert first[1].startswith(b"%PDF")


def test_a_study_that_is_not_measured_names_the_file_and_the_command(make_study):
    for write in (write_frc_table, lambda config: draw_frc(config, "tiny")):
        with pytest.raises(FreqbenchError, match=r"_spectra\.csv: no readable spectra .*freqbench spectra"):
            write(make_study())


def test_every_curve_has_the_style_of_its_method_and_nothing_is_cut_or_covered(
    measured, drawn_figures, assert_readable
):
    config = measured(datasets={"tiny": {"pixel_size": 0.25}})
    draw_frc(config, "tiny")
    figure = drawn_figures[0]
    for axes in figure.axes[:3]:
        for line in axes.lines:
            if (style := KNOWN.get(line.get_label())) is not None:
                assert line.get_color() == style.colour
    power = next(axes for axes in figure.axes if axes.get_title() == "Power")
    assert {line.get_label() for line in power.lines} == set(config.method_names)
    assert_readable(figure)


def test_the_reference_is_spatial_or_the_first_that_is_trained(make_study):
    config = make_study()
    assert reference_of(config, "tiny") == "spatial"
    others = [{"name": "ffl", "loss": "focal_frequency", "weight": 1.0}]
    assert reference_of(make_study(methods=others, comparison={"baselines": ["ffl"]}), "tiny") == "ffl"
