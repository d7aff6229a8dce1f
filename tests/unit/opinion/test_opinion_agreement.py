import numpy as np
import pandas as pd
import pytest

from freqbench.cli.app import application
from freqbench.errors import FreqbenchError
from freqbench.opinion.agreement import ALL, agreement
from freqbench.reporting.opinion_table import opinion_page, write_opinion_table


def planted(distortions=(11,), references=6, **metrics):
    """Return measured images of five levels with planted metrics: functions of opinion, reference and level."""
    rows = []
    for distortion in distortions:
        for number in range(references):
            for level in range(1, 6):
                dmos = 5.5 - level + 0.1 * number
                values = {name: value(dmos, number, level) for name, value in metrics.items()}
                rows.append(
                    {"reference": f"I{number:02d}.png", "distortion": distortion, "level": level, "dmos": dmos} | values
                )
    return pd.DataFrame(rows)


def found(measured, *metrics, **options):
    table = agreement(measured, metrics, samples=options.pop("samples", 200), seed=0, **options)
    return table.set_index(["distortion", "metric"])


def test_metrics_that_follow_opinion_agree_perfectly_whatever_their_direction():
    table = found(
        planted(
            psnr=lambda dmos, *_: 10 * dmos + 3,
            mse=lambda dmos, *_: 1 - 0.1 * dmos,
            gmsd=lambda dmos, *_: 0.1 * dmos,
            ssim=lambda dmos, *_: np.exp(-3 * dmos),
        ),
        *("psnr", "mse", "gmsd", "ssim"),
    )
    assert table["pearson"].to_numpy()[:3] == pytest.approx([1, 1, -1])
    assert table["spearman"].to_numpy() == pytest.approx([1, 1, -1, -1])
    assert -1 < table.loc[(11, "ssim"), "pearson"] < -0.5
    assert table.loc[(11, "psnr"), ["pearson_low", "pearson_high"]].to_numpy(float) == pytest.approx([1, 1])


def test_the_printed_values_stand_beside_those_of_their_distortion_and_metric():
    measured = planted((3, 11, 13, 19, 20), ssim=lambda dmos, *_: dmos, frc_area=lambda dmos, *_: dmos)
    table = found(measured, "ssim", "frc_area")
    assert table.loc[(11, "ssim"), "published"] == 0.95
    assert table.loc[(19, "frc_area"), ["published", "published_error"]].tolist() == [0.97, 0.01]
    assert table.loc[(3, "frc_area"), "published"] == 0.96
    assert table.loc[(13, "ssim"), "difference"] == pytest.approx(1 - 0.94)
    assert table.loc[[20, ALL], "published"].isna().all()
    assert table["published"].notna().sum() == 8


def test_references_are_resampled_and_not_images():
    # each reference has one value of the metric and of opinion: five images say no more than one
    rng = np.random.default_rng(2)
    points = rng.standard_normal((12, 2)) @ np.array([[1.0, 0.5], [0.0, 0.8]])
    rows = [
        {"reference": f"I{number:02d}.png", "distortion": 11, "level": level, "dmos": a, "psnr": b}
        for number, (a, b) in enumerate(points)
        for level in range(5)
    ]
    five, one = pd.DataFrame(rows), pd.DataFrame(rows[::5])
    ends = ["pearson", "pearson_low", "pearson_high", "spearman", "spearman_low", "spearman_high"]
    of_five, of_one = (found(each, "psnr", samples=500).loc[(11, "psnr"), ends] for each in (five, one))
    assert of_five.to_numpy(float) == pytest.approx(of_one.to_numpy(float), abs=0.01)


def test_images_without_a_finite_value_are_left_out_and_counted():
    measured = planted(psnr=lambda dmos, *_: dmos)
    measured.loc[[0, 7], "psnr"] = np.nan
    row = found(measured, "psnr").loc[(11, "psnr")]
    assert (row["images"], row["left_out"], row["references"]) == (28, 2, 6)
    assert row["pearson"] == pytest.approx(1)


def test_a_metric_that_is_always_the_same_has_no_correlation():
    row = found(planted(ssim=lambda *_: 1.0), "ssim").loc[(11, "ssim")]
    assert row[["pearson", "pearson_low", "spearman", "difference"]].isna().all()


def test_a_single_reference_has_no_interval():
    row = found(planted(references=1, psnr=lambda dmos, *_: dmos), "psnr").loc[(11, "psnr")]
    assert row["pearson"] == pytest.approx(1)
    assert row[["pearson_low", "spearman_high"]].isna().all()


def test_all_distortions_are_taken_together_where_there_are_several():
    table = found(planted((3, 11), psnr=lambda dmos, *_: dmos), "psnr")
    assert list(table.index.get_level_values(0)) == [3, 11, ALL]
    assert table.loc[(ALL, "psnr"), "images"] == 60


def test_the_table_shows_values_intervals_and_the_printed_ones(tmp_path):
    measured = planted((11, 20), ssim=lambda dmos, number, _: dmos + 0.2 * (-1) ** number, mse=lambda dmos, *_: -dmos)
    measured.loc[0, "ssim"] = np.nan
    table = agreement(measured, ("ssim", "mse"), samples=200, seed=0)
    paths = write_opinion_table(table, tmp_path)
    assert [path.suffix for path in paths] == [".csv", ".md", ".html", ".tex"]
    text = paths[1].read_text(encoding="utf-8")
    assert "| Distortion | SSIM | MSE |" in text
    row = table.set_index(["name", "metric"]).loc[("White noise", "ssim")]
    shown = f"{row['pearson']:.3f} [{row['pearson_low']:.2f}, {row['pearson_high']:.2f}]"
    assert f"| White noise | {shown} | **1.000 [1.00, 1.00]** |" in text
    assert f"| White noise, SSIM | {shown} | 0.95 ± 0.01 | {row['pearson'] - 0.95:+.3f} |" in text
    assert "Up to 1 images are left out of SSIM" in text
    numbers = pd.read_csv(paths[0])
    assert numbers["pearson"].to_numpy() == pytest.approx(table["pearson"].to_numpy())


def test_without_a_printed_value_there_is_no_comparison():
    table = agreement(planted((20,), ssim=lambda dmos, *_: dmos), ("ssim",), samples=200, seed=0)
    page = opinion_page(table)
    assert len(page.blocks) == 2
    assert not any("Printed" in note for note in page.notes)


def test_the_command_writes_the_table_and_names_what_is_wrong(make_set, tmp_path):
    folder = make_set()
    run = application()
    arguments = ["opinion-table", str(folder), "--to", str(tmp_path / "out"), "-m", "mse", "-m", "frc_area"]
    run([*arguments, "--bootstrap", "100"], standalone_mode=False)
    table = pd.read_csv(tmp_path / "out" / "opinion.csv").set_index(["name", "metric"])
    # the noise grows with the level, and opinion falls with it
    assert table.loc[("White noise", "frc_area"), "spearman"] > 0.9
    assert table.loc[("White noise", "mse"), "published"] == 0.93
    assert len(pd.read_csv(tmp_path / "out" / "opinion_images.csv")) == 45
    (folder / "images" / "I03.png").unlink()
    with pytest.raises(FreqbenchError, match=r"I03\.png: no such file"):
        run(arguments, standalone_mode=False)
