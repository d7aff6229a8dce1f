"""The variance table says where scores vary, what a study needs, and what it cannot tell."""

import pandas as pd
import pytest

from freqbench.errors import FreqbenchError
from freqbench.evaluation import read_metrics
from freqbench.layout import Layout
from freqbench.reporting.variance_table import write_variance_table
from freqbench.run import runs_of
from freqbench.statistics.planning import power_table
from freqbench.statistics.variance import variance_table

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {(method, "psnr"): 28.0 + place for place, method in enumerate(METHODS)}
MEANS |= {(method, "gmsd"): 0.1 - place / 100 for place, method in enumerate(METHODS)}


@pytest.fixture
def text_of(make_study, write_results):
    """Return the table of a study as Markdown."""

    def text(fovs=4, spread=0.3, **changes):
        config = make_study(**changes)
        write_results(config, MEANS, fovs=fovs, captures=3, spread=spread)
        layout = Layout.of(config)
        for name in config.datasets:
            metrics = read_metrics([layout.image_metrics(*run.key) for run in runs_of(config, name)])
            variance_table(metrics, config).to_csv(layout.variance(name), index=False)
            power_table(metrics, config).to_csv(layout.power(name), index=False)
        write_variance_table(config)
        return config, layout.variance_table("md").read_text(encoding="utf-8")

    return text


def test_several_seeds_have_every_column(text_of):
    config, text = text_of(seeds=[0, 1, 2])
    assert "**tiny, PSNR in dB**" in text
    assert "**tiny, GMSD**" in text
    assert "| Method | field of view | seed | patch | field × training | patch × training |" in text
    assert "| FFL − Spatial only | " in text
    assert "Input" not in text
    assert "**tiny, what it takes to find the difference, these networks (4 test fields of view)**" in text
    fields = "fields, 1 training | fields, 3 trainings | fields, 5 trainings | fields, 10 trainings"
    assert f"| Method | difference | detectable | {fields} |" in text
    assert f"| Method | difference | {fields} | trainings, 4 fields | trainings, any fields |" in text
    assert "| PSNR: FFL − Spatial only | +1.00 |" in text
    assert "never" in text.split("any training", 1)[1].split("\n\n")[1]
    assert "one split; any training means any on this split" in text
    assert "p < 0.001 / p < 0.05" in text
    # chi-squared quantiles of 3 degrees of freedom: 9.348 and 0.2158
    assert "from 4 fields of view the variance between them" in text
    assert "within a factor of 0.32 to 14" in text
    page = Layout.of(config).variance_table("html").read_text(encoding="utf-8")
    assert page.count("<caption>") == 4
    table = pd.read_csv(Layout.of(config).variance_table("csv"))
    assert set(table["component"]) == {"field", "split", "seed", "patch", "field_run", "residual"}
    # three methods and two differences, two metrics, six components
    assert len(table) == 5 * 2 * 6


def test_one_training_leaves_columns_out_and_says_why(text_of):
    _, text = text_of()
    assert "| Method | field of view | patch |" in text
    assert "| Method | difference | detectable | fields, 1 training |" in text
    assert "any training (" not in text
    assert "tiny: one training of each method. What a training adds is not known" in text


def test_one_seed_on_several_splits(text_of):
    _, text = text_of(datasets={"tiny": {"split": {"repeats": 2}}})
    assert "| Method | field of view | split | patch |" in text
    assert "tiny: one seed; the split holds what the seed adds." in text


def test_one_field_of_view(text_of):
    _, text = text_of(fovs=1, seeds=[0, 1])
    assert "tiny: one test field of view. How much fields of view differ is not known." in text
    assert "| Method | difference |\n" in text or "what it takes" not in text


def test_one_level_has_one_number(text_of):
    _, text = text_of(comparison={"significance": 0.05})
    assert "by one two-sided test at p < 0.05, without" in text
    row = next(line for line in text.splitlines() if line.startswith("| PSNR: FFL − Spatial only"))
    assert "/" not in row


def test_one_method_has_scores_alone(text_of):
    _, text = text_of(methods=[{"name": "spatial"}], seeds=[0, 1])
    assert "| Spatial only |" in text
    assert "what it takes" not in text
    assert "Needed fields" not in text


def test_missing_and_damaged_files_are_named(text_of):
    config, _ = text_of()
    layout = Layout.of(config)
    layout.power("tiny").unlink()
    with pytest.raises(FreqbenchError, match=r"tiny_power\.csv: not readable .*freqbench variance"):
        write_variance_table(config)
    layout.variance("tiny").write_text("")
    with pytest.raises(FreqbenchError, match=r"tiny_variance\.csv: not readable"):
        write_variance_table(config)
    layout.variance("tiny").write_text("dataset,metric\ntiny,psnr\n")
    with pytest.raises(FreqbenchError, match=r"tiny_variance\.csv: not readable .*method"):
        write_variance_table(config)
