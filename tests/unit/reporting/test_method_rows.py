"""The order of rows and columns, and what the metrics are said to be."""

import pytest

from freqbench.metrics.contracts import CONTRACTS
from freqbench.reporting.blocks import Cell
from freqbench.reporting.method_rows import method_groups, method_rows, metric_order
from freqbench.reporting.metric_notes import contract_block, metric_notes


def test_the_papers_rows_come_first_in_its_order_whatever_the_configuration_says(make_study):
    lffl = {"loss": "log_focal_frequency", "weight": "paper"}
    methods = [
        {"name": "mine", "loss": "l1", "weight": 1.0},
        {"name": "lffl_a1", **lffl},
        {"name": "spatial"},
        {"name": "lffl_a0.5", **lffl, "options": {"alpha": 0.5}},
    ]
    config = make_study(methods=methods)
    assert method_groups(config, "tiny") == {
        "": ["spatial", "lffl_a0.5", "lffl_a1"],
        "Further losses": ["mine"],
        "Controls": ["input", "gaussian", "clean"],
    }
    rows = method_rows(config, "tiny", lambda name: [Cell(name)])
    assert [name for name, cells in rows if not cells] == ["Further losses", "Controls"]
    assert [cells[0].text for _, cells in rows if cells] == [
        "spatial", "lffl_a0.5", "lffl_a1", "mine", "input", "gaussian", "clean",
    ]  # fmt: skip


def test_the_controls_stand_in_one_order_whatever_the_configuration_says(make_study):
    controls = ["clean", "average16", "gat_nlm", "gat_tv", "nlm", "input", "tv", "gaussian"]
    groups = method_groups(make_study(controls=controls), "tiny")
    assert groups["Controls"] == [
        "input", "gaussian", "tv", "nlm", "gat_tv", "gat_nlm", "average16", "clean",
    ]  # fmt: skip


def test_a_group_without_a_method_has_no_heading(make_study):
    config = make_study(methods=[{"name": "spatial"}], controls=[])
    assert method_groups(config, "tiny") == {"": ["spatial"]}


@pytest.mark.parametrize(
    ("present", "ordered", "count"),
    [
        (("gmsd", "kid", "psnr", "fid"), ["psnr", "fid", "gmsd", "kid"], 3),
        (("fd_vgg16", "psnr"), ["psnr", "fd_vgg16"], 1),
        (("ssim", "psnr"), ["psnr", "ssim"], None),
        (("ms_ssim", "lfd"), ["ms_ssim", "lfd"], None),
        ((), [], None),
    ],
)
def test_the_papers_columns_come_first(present, ordered, count):
    assert metric_order(present) == (ordered, count)


def test_every_metric_has_a_line_with_its_library_range_window_and_source():
    labels = {name: contract.label for name, contract in CONTRACTS.items()}
    notes = metric_notes(labels)
    for note, contract in zip(notes, CONTRACTS.values(), strict=True):
        for part in (contract.label, contract.library, contract.version, contract.window, contract.citation):
            assert part in note
    assert notes[0].startswith("PSNR ↑: freqbench ")
    assert "; 0 dB or more; whole image; " in notes[0]
    assert "; 0 to 0.5; " in next(note for note in notes if note.startswith("GMSD ↓"))
    assert "; no lower bound; " in next(note for note in notes if note.startswith("KID ↓"))


def test_the_contracts_are_complete_in_their_table():
    block = contract_block({name: contract.label for name, contract in CONTRACTS.items()})
    assert [name for name, _ in block.rows] == [contract.label for contract in CONTRACTS.values()]
    for (_, cells), contract in zip(block.rows, CONTRACTS.values(), strict=True):
        assert len(cells) == len(block.headers)
        assert [cell.text for cell in cells[2:]] == [
            contract.window, contract.data_range, contract.settings, contract.citation,
        ]  # fmt: skip
