import json
from pathlib import Path

import pytest

from freqbench.config import parse_config
from freqbench.data.source import SourceRecord
from freqbench.data.split import write_split
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json, write_text
from freqbench.layout import Layout
from freqbench.reporting.manifest import write_manifest


@pytest.fixture
def finished(make_study, tmp_path):
    """A study of which every file exists; those that the manifest only hashes hold anything."""
    config = make_study(seeds=[0, 1], evaluation={"metrics": ["psnr", "gmsd"], "frechet_features": "vgg16"})
    layout = Layout.of(config)
    images = layout.images("tiny")
    images.mkdir(parents=True)
    SourceRecord(images.resolve(), "phantom", "simulated tissue", "MIT", "cite us", {"raw/1/a.png": "0" * 64}).write(
        layout.source("tiny")
    )
    write_split({"1": "train", "2": "test"}, layout.split("tiny", 1))
    write_json(layout.preflight, {"methods": list(config.method_names)})
    write_json(layout.calibration("tiny", "ffl", 1), {"method": "ffl", "weight": 3.5})
    for method in ("spatial", "ffl", "lffl_a1"):
        for seed in (0, 1):
            content = {"method": method, "seed": seed, "settings": {"long": "list"}}
            write_json(layout.training_manifest("tiny", method, 1, seed), content)
    for path in outputs(layout):
        write_text(path, f"content of {path.name}\n")
    return config


def outputs(layout):
    forms = ("csv", "md", "html", "tex")
    written = (layout.table, layout.differences_table, layout.fov_table)
    written += (layout.cost_table, layout.variance_table, layout.frc_table)
    tables = [table(form) for table in written for form in forms]
    drawn = (
        *(layout.figure, layout.error_figure, layout.differences_figure, layout.distribution_figure),
        *(layout.tradeoff_figure, layout.training_figure, layout.residual_figure),
        *(layout.sensitivity_figure, layout.frc_figure),
    )
    figures = [path("tiny", suffix) for path in drawn for suffix in ("png", "pdf")]
    values = [path("tiny") for path in (layout.statistics, layout.sensitivity, layout.variance, layout.power)]
    values.append(layout.calibration_table("tiny", "json"))
    return [*tables, *figures, *values]


def manifest(config):
    return json.loads(Layout.of(config).manifest.read_text())


def strings(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def test_each_result_is_there_with_its_hash(finished):
    write_manifest(finished)
    layout = Layout.of(finished)
    expected = {path.relative_to(layout.root).as_posix(): sha256_of(path) for path in outputs(layout)}
    assert manifest(finished)["outputs"] == expected


def test_no_absolute_path_is_in_it(finished, monkeypatch, tmp_path):
    monkeypatch.setenv("FREQBENCH_MIRROR", str(tmp_path))
    write_manifest(finished)
    found = manifest(finished)
    assert not [text for text in strings(found) if Path(text).is_absolute()]
    assert str(tmp_path) not in json.dumps(found)


def test_where_things_lie_is_not_part_of_the_study(finished, tmp_path):
    write_manifest(finished)
    first = manifest(finished)
    content = finished.model_dump(mode="json")
    fmd = {"kind": "fmd", "type": "Confocal_FISH", "folder": str(tmp_path / "elsewhere")}
    content["datasets"]["tiny"] |= {"source": fmd, "level": "raw"}
    hashes = []
    for folder in (tmp_path / "elsewhere", tmp_path / "here"):
        content["datasets"]["tiny"]["source"]["folder"] = str(folder)
        moved = parse_config(content | {"mirror": str(folder)}, "test")
        write_manifest(moved)
        assert str(tmp_path) not in json.dumps(manifest(moved))
        hashes.append(manifest(moved)["configuration_sha256"])
    assert hashes[0] == hashes[1] != first["configuration_sha256"]


def test_how_everything_was_made(finished):
    write_manifest(finished)
    found, layout = manifest(finished), Layout.of(finished)
    assert (found["study"], found["tier"]) == ("tiny", "smoke")
    assert {"python", "torch", "numpy"} <= set(found["packages"])
    assert set(found["code"]) == {"version", "commit", "modified"}
    assert set(found["metrics"]) == {"psnr", "gmsd", "fd_vgg16", "kd_vgg16"}
    assert found["metrics"]["gmsd"]["library"].startswith("piq ")
    assert found["metrics"]["gmsd"]["better"] == "lower"
    data = found["data"]["tiny"]
    assert (data["licence"], data["citation"], data["files"]) == ("MIT", "cite us", 1)
    assert data["verdict"] == "clean"
    (split,) = data["splits"]
    assert (split["split"], split["sides"]) == (1, ["1,train", "2,test"])
    assert split["audit"]["verdict"] == "clean"
    assert split["patches"] == {
        path.name: sha256_of(path)
        for path in (layout.patch_table("tiny", 1), layout.noisy_patches("tiny", 1), layout.clean_patches("tiny", 1))
    }
    assert found["calibration"] == [{"method": "ffl", "weight": 3.5}]
    assert [(each["method"], each["seed"]) for each in found["trainings"]] == [
        (method, seed) for method in ("spatial", "ffl", "lffl_a1") for seed in (0, 1)
    ]
    assert not any("settings" in each for each in found["trainings"])


@pytest.mark.parametrize(
    "missing",
    [
        lambda layout: layout.table("md"),
        lambda layout: layout.figure("tiny", "pdf"),
        lambda layout: layout.statistics("tiny"),
        lambda layout: layout.sensitivity_figure("tiny", "png"),
        lambda layout: layout.calibration_table("tiny", "json"),
        lambda layout: layout.split("tiny", 1),
        lambda layout: layout.patch_table("tiny", 1),
        lambda layout: layout.preflight,
        lambda layout: layout.source("tiny"),
        lambda layout: layout.calibration("tiny", "ffl", 1),
        lambda layout: layout.training_manifest("tiny", "ffl", 1, 1),
        lambda layout: layout.audit("tiny", 1),
    ],
)
def test_a_missing_file_is_named(finished, missing):
    path = missing(Layout.of(finished))
    path.unlink()
    with pytest.raises(FreqbenchError, match=f"{path.name}: no such file"):
        write_manifest(finished)
    assert not Layout.of(finished).manifest.exists()


def test_every_split_has_its_sides_audit_patches_calibrations_and_trainings(finished):
    content = finished.model_dump(mode="json")
    content["datasets"]["tiny"]["split"]["repeats"] = 2
    config = parse_config(content, "test")
    layout = Layout.of(config)
    write_split({"1": "test", "2": "train"}, layout.split("tiny", 2))
    write_json(layout.audit("tiny", 2), {"verdict": "related"})
    for path in (layout.patch_table("tiny", 2), layout.noisy_patches("tiny", 2), layout.clean_patches("tiny", 2)):
        write_text(path, "of split 2\n")
    write_json(layout.calibration("tiny", "ffl", 2), {"method": "ffl", "weight": 7.5})
    for method in ("spatial", "ffl", "lffl_a1"):
        for seed in (0, 1):
            write_json(layout.training_manifest("tiny", method, 2, seed), {"method": method, "split": 2})
    write_manifest(config)
    found = manifest(config)
    data = found["data"]["tiny"]
    assert data["verdict"] == "related"
    assert [split["split"] for split in data["splits"]] == [1, 2]
    assert [split["sides"] for split in data["splits"]] == [["1,train", "2,test"], ["1,test", "2,train"]]
    assert [split["audit"]["verdict"] for split in data["splits"]] == ["clean", "related"]
    assert data["splits"][0]["patches"] != data["splits"][1]["patches"]
    assert [each["weight"] for each in found["calibration"]] == [3.5, 7.5]
    assert [each.get("split") for each in found["trainings"]] == [None, None, 2, 2] * 3
