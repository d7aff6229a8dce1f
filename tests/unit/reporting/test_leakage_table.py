"""The leakage table says what the tidy files hold, and what cannot be compared."""

import pandas as pd
import pytest

from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.reporting.leakage_table import write_leakage_table

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
PSNR = dict(zip(METHODS, (20.0, 28.0, 90.0, 30.0, 31.0, 32.0), strict=True))
GMSD = dict(zip(METHODS, (0.2, 0.1, 0.0, 0.08, 0.07, 0.06), strict=True))
SHARED = {"pairs": [{"test": "3", "kind": "same area"}, {"test": "4", "kind": "related"}]}


@pytest.fixture
def study(make_study, write_results):
    """Two splits of one phantom; with the leaking one, spatial gains 1.5 dB and the order changes."""
    plain = make_study()
    split = plain.datasets["tiny"].split.model_copy(update={"shared_area": "as_paper"})
    leaky = plain.datasets["tiny"].model_copy(update={"split": split})
    config = plain.model_validate(
        plain.model_dump()
        | {"datasets": {"leaky": leaky.model_dump(), "tiny": plain.datasets["tiny"].model_dump()}}
        | {"leakage": [{"leaking": "leaky", "free": "tiny"}]}
    )
    for dataset, more in (("leaky", 1.5), ("tiny", 0.0)):
        small = {("ffl", "psnr"): -4e-5} if dataset == "leaky" else {}
        part = config.model_copy(update={"datasets": {dataset: config.datasets[dataset]}})
        means = {(method, "psnr"): value + more * (method == "spatial") for method, value in PSNR.items()}
        means = {key: value + small.get(key, 0.0) for key, value in means.items()}
        means |= {(method, "gmsd"): value for method, value in GMSD.items()}
        write_results(part, means, spread=0.0)
    write_json(Layout.of(config).audit("leaky", 1), SHARED)
    return config


def text_of(config):
    write_leakage_table(config)
    return Layout.of(config).leakage_table("md").read_text(encoding="utf-8")


def test_what_is_owed_stands_beside_both_scores(study):
    text = text_of(study)
    assert "**PSNR in dB (higher is better), leaky and tiny: 3 test fields of view in both, 1 of them shared**" in text
    headers = "leaking | leakage-free | owed to leakage | 95 % interval | owed, shared | 95 % interval"
    assert f"| Method | {headers} |" in text
    assert "| Spatial only | 31.500 | 30.000 | +1.500 | +1.500 to +1.500 | +1.500 | n/a |" in text
    assert "| FFL | 31.000 | 31.000 | +0.000 | +0.000 to +0.000 | +0.000 | n/a |" in text
    assert "Input" not in text
    order = "PSNR: best to worst with leakage LFFL α=1, Spatial only, FFL; without LFFL α=1, FFL, Spatial only."
    assert f"- {order}" in text
    assert "GMSD: best to worst" not in text


def test_the_csv_and_the_page_have_every_row(study):
    text_of(study)
    table = pd.read_csv(Layout.of(study).leakage_table("csv"))
    # gaussian and three trained methods, two metrics, all and shared fields
    assert len(table) == 4 * 2 * 2
    page = Layout.of(study).leakage_table("html").read_text(encoding="utf-8")
    assert "<h1>What scores owe to leakage, study" in page
    assert page.count("<caption>") == 2


def test_no_shared_area_is_said(study):
    write_json(Layout.of(study).audit("leaky", 1), {"pairs": []})
    text = text_of(study)
    assert "- leaky: the audit finds no test field of view that shows pixels of a train field of view." in text
    assert "owed, shared" not in text


def test_splits_without_a_common_test_field_are_said(study):
    layout = Layout.of(study)
    for path in layout.root.glob("metrics/tiny/*/*seed?.csv"):
        table = pd.read_csv(path)
        table["fov"] += 100
        table.to_csv(path, index=False)
    assert "leaky and tiny test no field of view in common: nothing can be compared." in text_of(study)
    assert len(pd.read_csv(layout.leakage_table("csv"))) == 0
