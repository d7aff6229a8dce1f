"""What is copied of a study, whole or in parts, and what an unfinished one is told."""

import typing

import pytest

from freqbench.cli.reporting import publish as publish_command
from freqbench.data.source import SourceRecord
from freqbench.errors import FreqbenchError
from freqbench.files import write_text
from freqbench.layout import Layout
from freqbench.reporting.publish import LICENCES, PARTS, publish


@pytest.fixture
def finished(make_study):
    """Return a study with a file of recognisable content for each that is published."""
    config = make_study()
    layout = Layout.of(config)
    for files in PARTS.values():
        for path, name in files(config, layout).items():
            write_text(path, f"content of {name}")
    SourceRecord(layout.root, "fmd", "FMD", "CC BY-SA 4.0", "Zhang et al.", {}).write(layout.source("tiny"))
    return config


def test_all_parts_are_copied_with_the_licence(finished, tmp_path):
    written = publish(finished, tmp_path / "kept")
    assert sorted(path.name for path in written) == sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert {"table1.md", "run.json", "tiny_calibration.md", "tiny_loss_sensitivity.png"} <= {p.name for p in written}
    for path in written:
        if path.name != LICENCES:
            assert path.read_text() == f"content of {path.name}"
    assert "`tiny`: FMD. CC BY-SA 4.0. Zhang et al." in (tmp_path / "kept" / LICENCES).read_text()


def test_a_part_alone_needs_nothing_else(finished, tmp_path):
    Layout.of(finished).manifest.unlink()
    names = {path.name for path in publish(finished, tmp_path / "kept", ["loss_sensitivity"])}
    assert names == {
        "tiny_loss_sensitivity.png",
        "tiny_loss_sensitivity.json",
        "tiny_loss_sensitivity.csv",
        LICENCES,
    }


def test_a_part_may_be_finished_before_other_data_sets_are_read(finished, tmp_path):
    publish(finished, tmp_path / "kept", ["loss_sensitivity"])
    before = (tmp_path / "kept" / LICENCES).read_text()
    Layout.of(finished).source("tiny").unlink()
    publish(finished, tmp_path / "kept", ["noise"])
    assert (tmp_path / "kept" / LICENCES).read_text() == before
    publish(finished, tmp_path / "new", ["noise"])
    assert "tiny" not in (tmp_path / "new" / LICENCES).read_text()


@pytest.mark.parametrize(
    "path_of",
    [
        lambda layout: layout.manifest,
        lambda layout: layout.table("html"),
        lambda layout: layout.figure("tiny", "png"),
        lambda layout: layout.statistics("tiny"),
        lambda layout: layout.calibration_table("tiny", "json"),
        lambda layout: layout.sensitivity_figure("tiny", "png"),
    ],
)
def test_an_unfinished_study_is_not_half_copied(finished, tmp_path, path_of):
    path = path_of(Layout.of(finished))
    path.unlink()
    with pytest.raises(FreqbenchError, match=f"{path.name}: is missing; finish the study"):
        publish(finished, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_averaging_is_copied_where_it_is_asked_for(finished, tmp_path):
    assert not any("averaging" in path.name for path in publish(finished, tmp_path / "all"))
    asked = {path.name for path in publish(finished, tmp_path / "kept", ["averaging"])}
    assert {"tiny_averaging.png", "averaging.md", "averaging.csv"} <= asked


def test_learning_curves_are_a_part_where_generators_are_kept(make_study):
    for kept, names in (("none", []), ("powers_of_two", ["tiny_learning.png"])):
        config = make_study(training={"snapshots": kept})
        assert list(PARTS["learning"](config, Layout.of(config)).values()) == names


def test_the_help_names_all_parts():
    (help_text,) = (
        option.help for option in typing.get_type_hints(publish_command, include_extras=True)["part"].__metadata__
    )
    assert help_text.split(";")[0].split(", ") == list(PARTS)


def test_an_unknown_part_is_refused(finished, tmp_path):
    with pytest.raises(
        FreqbenchError,
        match="table2: no such part of a study; there are table1, differences, figures, fields_of_view, costs",
    ):
        publish(finished, tmp_path / "kept", ["table2"])
