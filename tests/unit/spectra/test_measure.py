import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter

from freqbench.classical.control import make_control
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.errors import FreqbenchError
from freqbench.files import atomic_path
from freqbench.metrics import frc
from freqbench.run import Run
from freqbench.spectra.measure import COLUMNS, measure_spectra
from freqbench.spectra.summary import read_spectra


def measured(config, method="input", images=None):
    """Restore and measure one method, or measure given images; return its curves and the test patches."""
    run = Run(config, "tiny", method)
    make_control(run)
    if images is not None:
        with atomic_path(run.layout.restored(*run.key)) as path, path.open("wb") as file:
            np.save(file, images)
    measure_spectra(run)
    table = pd.read_csv(run.layout.spectra(*run.key), dtype={"fov": str})
    return table, read_patches(run.layout, "tiny", 1).side("test")


def curve(table, name, fov):
    rows = table[(table["curve"] == name) & (table["fov"] == fov)]
    return rows.sort_values("ring")["mean"].to_numpy()


def test_without_a_window_the_curve_is_the_metric_of_the_library(make_study):
    table, test = measured(make_study(spectra={"window": "none"}))
    assert tuple(table.columns) == COLUMNS
    noisy, clean = (torch.from_numpy(to_unit_range(each)).unsqueeze(1) for each in (test.noisy, test.clean))
    of_field = torch.from_numpy((test.table["fov"] == "4").to_numpy())
    expected = frc(noisy, clean)[of_field]
    assert curve(table, "frc_clean", "4") == pytest.approx(expected.mean(0).numpy(), abs=1e-6)
    rows = table[(table["curve"] == "frc_clean") & (table["fov"] == "4")]
    assert rows["sd"].to_numpy() == pytest.approx(expected.std(0).numpy(), abs=1e-6)
    # the two captures of the field are one pair, which has no spread
    assert curve(table, "frc_captures", "4") == pytest.approx(frc(*noisy[of_field].split(1))[0].numpy(), abs=1e-6)
    assert table[table["curve"] == "frc_captures"]["sd"].isna().all()
    assert set(table.loc[table["curve"] == "frc_captures", "n"]) == {1}


def test_rings_hold_all_frequencies_between_zero_and_nyquist(make_study):
    table, _ = measured(make_study())
    rings = table.drop_duplicates("ring").sort_values("ring")
    y, x = np.meshgrid(np.fft.fftfreq(32, 1 / 32), np.fft.fftfreq(32, 1 / 32))
    distance = np.hypot(y, x)
    assert rings["ring_size"].sum() == ((distance > 0) & (distance <= 16)).sum()
    assert rings["frequency"].tolist() == pytest.approx([(ring + 0.5) / 32 for ring in range(16)])


@pytest.mark.parametrize("window", ["hann", "none"])
def test_the_power_of_white_noise_is_its_variance_at_every_frequency(make_study, window):
    rng = np.random.default_rng(0)
    config = make_study(spectra={"window": window}, patches={"test_fovs": 12, "captures": 40})
    _, test = measured(config)
    noise = rng.normal(0.5, 0.1, test.clean.shape).astype(np.float32)
    table, _ = measured(config, images=noise)
    power = table[table["curve"] == "power"].groupby("ring")["mean"].mean()
    # without a window the zero frequency has a ring of its own; with one, it takes from the first rings
    assert power[4:].to_numpy() == pytest.approx(0.01, rel=0.05)


def test_a_gaussian_filter_leaves_the_curve_behind_a_window_as_it_is(make_study):
    """The FRC paper's Fig. 2: a positive filter does not change FRC. Without a window, borders spoil it."""
    moved = {}
    for window in ("hann", "none"):
        config = make_study(spectra={"window": window}, patches={"size": 64, "captures": 6, "noise": 0.02})
        noisy, test = measured(config)
        smooth = np.stack([gaussian_filter(image, 1.5) for image in to_unit_range(test.noisy)]).astype(np.float32)
        filtered, _ = measured(config, images=smooth)
        means = [table[table["curve"] == "frc_clean"].groupby("ring")["mean"].mean() for table in (noisy, filtered)]
        moved[window] = np.abs(means[0] - means[1]).max()
    assert moved["hann"] < 0.1
    assert moved["none"] > 3 * moved["hann"]


def test_single_captures_have_no_curve_between_captures(make_study):
    table, _ = measured(make_study(patches={"captures": 1}))
    assert set(table["curve"]) == {"frc_clean", "power"}


def test_the_clean_image_agrees_with_itself_everywhere(make_study):
    table, _ = measured(make_study(), "clean")
    agreement = table[table["curve"] != "power"]
    assert agreement["mean"].to_numpy() == pytest.approx(1.0)


def test_curves_do_not_depend_on_the_batch(make_study):
    tables = [measured(make_study(evaluation={"batch_size": size}))[0] for size in (1, 4, 64)]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], rtol=1e-6)


def test_a_missing_or_damaged_file_is_one_error_that_names_the_step(make_study):
    config = make_study()
    with pytest.raises(FreqbenchError, match="freqbench spectra"):
        read_spectra(config, "tiny")
