"""Merging parts of a study: what agrees is combined, what differs is named, nothing is overwritten."""

import json
import os
from pathlib import Path

import pytest

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of, write_json, write_text
from freqbench.merging.combine import carry_out, plan_merge
from freqbench.merging.parts import is_taken

CONTENT = {
    "name": "shared",
    "tier": "smoke",
    "datasets": {"tiny": {"source": {"kind": "phantom"}}},
    "methods": [{"name": "spatial"}, {"name": "ffl", "loss": "focal_frequency", "weight": 2.0}],
    "controls": ["input"],
    "training": {"iterations": 1},
}
CODE = {"version": "0.1.0", "commit": "a" * 40, "modified": False}
EARLY, LATE = 1_000_000_000, 2_000_000_000
"""Seconds; the clock of the second machine is far ahead."""


class Machine:
    """A folder of results, written file by file, with a clock that goes on with each."""

    def __init__(self, folder: Path, clock: int) -> None:
        self.folder, self.clock = folder, clock
        self.write("config.json", parse_config(CONTENT | {"results": str(folder.parent)}, "x").model_dump(mode="json"))

    def write(self, name: str, content: object) -> Path:
        path = self.folder / name
        write_json(path, content) if isinstance(content, dict) else write_text(path, str(content))
        self.clock += 1
        os.utime(path, (self.clock, self.clock))
        return path

    def data(self, patches: str = "p") -> None:
        self.write("data/tiny/source.json", {"root": "images", "kind": "phantom"})
        for name in ("patches.csv", "noisy.npy", "clean.npy"):
            self.write(f"data/tiny/split1/patches/{name}", f"{name} {patches}")

    def run(self, method: str, *, code: dict[str, object] = CODE, psnr: float = 30.0) -> None:
        where, patches = f"{method}/split1_seed0", self.folder / "data/tiny/split1/patches"
        inputs = {path.name: sha256_of(path) for path in sorted(patches.iterdir())}
        self.write(f"training/tiny/{where}/generator.pt", f"weights of {method}")
        manifest = {"dataset": "tiny", "split": 1, "code": code, "inputs": inputs, "packages": {"torch": "2.11"}}
        self.write(f"training/tiny/{where}/run.json", manifest | {"finished": self.clock, "wall_seconds": self.clock})
        self.write(f"restored/tiny/{where}.npy", f"restored by {method}")
        self.write(f"metrics/tiny/{where}.csv", f"psnr {psnr}")
        self.write(f"logs/train/{method}.log", f"at {self.clock}")


@pytest.fixture
def machines(tmp_path):
    """Two machines with the same data, each with a method of its own and one that both have."""
    found = [Machine(tmp_path / name / "shared", clock) for name, clock in (("one", LATE), ("two", EARLY))]
    for machine, method in zip(found, ("spatial", "ffl"), strict=True):
        machine.data()
        machine.run(method)
        machine.write("tables/table1.md", method)
        machine.write("calibration/tiny_calibration.md", method)
        machine.write("metrics/tiny/images.parquet", method)
        machine.write("state/tiny/x.pt", method)
    return found


def merged(machines, into):
    plan = plan_merge([machine.folder for machine in machines], into)
    carry_out(plan)
    return plan


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_results_are_there_and_aggregates_are_not(machines, tmp_path):
    into = tmp_path / "results" / "shared"
    before = [contents(machine.folder) for machine in machines]
    plan = merged(machines, into)
    found = contents(into)
    assert found.pop("config.json")
    expected = before[1] | before[0]
    assert found == {name: expected[name] for name in expected if is_taken(name)}
    left = {"tables/table1.md", "calibration/tiny_calibration.md", "metrics/tiny/images.parquet", "state/tiny/x.pt"}
    assert left.isdisjoint(found)
    assert json.loads((into / "config.json").read_text())["results"] == str(into.parent)
    assert [contents(machine.folder) for machine in machines] == before
    trainings, runs = plan.missing()
    assert trainings == []
    assert runs == ["tiny input split 1 seed 0"]


def test_data_are_never_younger_than_what_was_made_of_them(machines, tmp_path):
    into = tmp_path / "shared"
    merged(machines, into)
    made = [path.stat().st_mtime for name in ("training", "restored", "metrics") for path in (into / name).rglob("*.*")]
    data = [path.stat().st_mtime for path in (into / "data").rglob("*.*")]
    assert len(made) == 8
    assert max(data) < min(made)
    # and each file has the order that it had on its machine
    for method in ("spatial", "ffl"):
        steps = [f"training/tiny/{method}/split1_seed0/generator.pt", f"restored/tiny/{method}/split1_seed0.npy"]
        weights, restored = ((into / step).stat().st_mtime for step in steps)
        assert weights < restored


def test_the_sources_keep_their_times(machines, tmp_path):
    times = {path: path.stat().st_mtime_ns for machine in machines for path in machine.folder.rglob("*")}
    merged(machines, tmp_path / "shared")
    assert {path: path.stat().st_mtime_ns for path in times if path.is_file()} == {
        path: time for path, time in times.items() if path.is_file()
    }


def test_a_run_that_both_have_is_taken_once(machines, tmp_path):
    machines[1].run("spatial")
    merged(machines, tmp_path / "shared")
    manifest = json.loads((tmp_path / "shared/training/tiny/spatial/split1_seed0/run.json").read_text())
    assert manifest["finished"] > LATE


def test_a_merge_goes_on_and_a_further_part_can_come_later(machines, tmp_path):
    into = tmp_path / "shared"
    merged(machines[:1], into)
    inodes = {path: path.stat().st_ino for path in into.rglob("*.*")}
    plan = plan_merge([machines[1].folder], into)
    assert {file.name.split("/")[0] for file in plan.new} == {"training", "restored", "metrics", "logs"}
    carry_out(plan)
    assert {path: path.stat().st_ino for path in inodes} == inodes
    assert plan_merge([machine.folder for machine in machines], into).new == ()
    (into / "metrics/tiny/ffl/split1_seed0.csv").unlink()
    assert [file.name for file in merged(machines, into).new] == ["metrics/tiny/ffl/split1_seed0.csv"]
    data = (into / "data/tiny/source.json").stat().st_mtime
    assert data < min(path.stat().st_mtime for path in (into / "training").rglob("*.*"))


def test_nothing_is_written_by_planning(machines, tmp_path):
    plan_merge([machine.folder for machine in machines], tmp_path / "shared")
    assert not (tmp_path / "shared").exists()


def plan_all(machines, tmp_path):
    return plan_merge([machine.folder for machine in machines], tmp_path / "shared")


def test_another_result_of_the_same_run_is_refused(machines, tmp_path):
    machines[1].run("spatial", psnr=31.0)
    with pytest.raises(
        FreqbenchError, match=r"metrics/tiny/spatial/split1_seed0\.csv: differs: SHA-256 \w{12}\.\.\. of .*one.*two"
    ):
        plan_all(machines, tmp_path)


def test_other_weights_of_the_same_run_are_refused(machines, tmp_path):
    machines[1].run("spatial")
    machines[1].write("training/tiny/spatial/split1_seed0/generator.pt", "others")
    with pytest.raises(FreqbenchError, match=r"training/tiny/spatial/split1_seed0/generator\.pt: differs"):
        plan_all(machines, tmp_path)


def test_what_is_in_the_merged_folder_is_not_overwritten(machines, tmp_path):
    into = tmp_path / "shared"
    merged(machines[:1], into)
    changed = into / "metrics/tiny/spatial/split1_seed0.csv"
    changed.unlink()
    changed.write_text("mine")
    with pytest.raises(FreqbenchError, match=r"metrics/tiny/spatial/split1_seed0\.csv: differs"):
        plan_merge([machine.folder for machine in machines], into)
    assert changed.read_text() == "mine"


def test_another_configuration_names_the_key_and_both_values(machines, tmp_path):
    config = parse_config(CONTENT | {"training": {"iterations": 2}}, "x").model_dump(mode="json")
    machines[1].write("config.json", config)
    with pytest.raises(
        FreqbenchError, match=r"configurations differ: training\.iterations is 1 in .*one.* and 2 in .*two"
    ):
        plan_all(machines, tmp_path)


def test_a_method_is_named_in_the_key(machines, tmp_path):
    methods = [CONTENT["methods"][0], CONTENT["methods"][1] | {"weight": 3.0}]
    machines[1].write("config.json", parse_config(CONTENT | {"methods": methods}, "x").model_dump(mode="json"))
    with pytest.raises(FreqbenchError, match=r"methods\.ffl\.weight is 2\.0 in .* and 3\.0 in"):
        plan_all(machines, tmp_path)


def test_where_things_lie_and_what_computes_may_differ(machines, tmp_path):
    training = {"iterations": 1, "device": "cuda", "checkpoint_every": 7}
    config = parse_config(CONTENT | {"training": training, "results": "elsewhere", "mirror": "m"}, "x")
    machines[1].write("config.json", config.model_dump(mode="json"))
    assert merged(machines, tmp_path / "shared").new


def test_a_given_configuration_counts_too(machines, tmp_path):
    given = parse_config(CONTENT | {"seeds": [0, 1]}, "study.yaml")
    with pytest.raises(FreqbenchError, match=r"seeds\.1 is 1 in study\.yaml and nothing in"):
        plan_merge([machines[0].folder], tmp_path / "shared", ("study.yaml", given))


def test_another_commit_is_refused(machines, tmp_path):
    machines[1].run("ffl", code=CODE | {"commit": "b" * 40})
    with pytest.raises(
        FreqbenchError,
        match=r"code versions differ: .*one.*0\.1\.0 at commit a{40}, .*two.* by 0\.1\.0 at commit b{40}",
    ):
        plan_all(machines, tmp_path)


def test_changed_code_and_other_packages_are_remarked(machines, tmp_path):
    manifest = machines[1].folder / "training/tiny/ffl/split1_seed0/run.json"
    content = json.loads(manifest.read_text()) | {"code": CODE | {"modified": True}, "packages": {"torch": "2.12"}}
    machines[1].write("training/tiny/ffl/split1_seed0/run.json", content)
    remarks = plan_merge([machine.folder for machine in machines], tmp_path / "shared").remarks
    assert any("changed after the commit" in remark for remark in remarks)
    assert any(remark.startswith("torch is 2.11 in") and "2.12 in" in remark for remark in remarks)


def test_other_patches_are_refused(machines, tmp_path):
    machines[1].data("others")
    machines[1].run("ffl")
    with pytest.raises(FreqbenchError, match=r"data/tiny/split1/patches/\w+\.\w+: differs: .*made of other data"):
        plan_all(machines, tmp_path)


def test_a_training_on_other_patches_than_its_part_has_is_refused(machines, tmp_path):
    machines[1].run("ffl")
    machines[1].data("made anew")
    with pytest.raises(
        FreqbenchError, match=r"data differ: .*two.*ffl/split1_seed0/run\.json was trained on a \w+\.\w+ of SHA-256"
    ):
        plan_all(machines, tmp_path)


def test_a_json_file_that_differs_names_the_key(machines, tmp_path):
    for machine, verdict in zip(machines, ("clean", "masked"), strict=True):
        machine.write("data/tiny/split1/audit.json", {"verdict": verdict})
    with pytest.raises(FreqbenchError, match=r"audit\.json: differs: `verdict` is 'clean' in .* and 'masked' in"):
        plan_all(machines, tmp_path)


def test_images_may_lie_elsewhere_and_a_record_whose_images_are_here_is_taken(machines, tmp_path):
    here = tmp_path / "images"
    here.mkdir()
    machines[0].write("data/tiny/source.json", {"root": str(tmp_path / "gone"), "kind": "fmd"})
    machines[1].write("data/tiny/source.json", {"root": str(here), "kind": "fmd"})
    merged(machines, tmp_path / "shared")
    assert json.loads((tmp_path / "shared/data/tiny/source.json").read_text())["root"] == str(here)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_a_folder_that_holds_no_results_is_no_part(machines, tmp_path, make):
    make(tmp_path / "other")
    with pytest.raises(FreqbenchError, match=r"other: is no folder of results \(config\.json is missing\)"):
        plan_merge([tmp_path / "other"], tmp_path / "shared")


def test_a_folder_of_something_else_is_not_merged_into(machines, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "thesis.txt").touch()
    with pytest.raises(FreqbenchError, match=r"shared: is there already and holds no results"):
        plan_all(machines, tmp_path)


def test_a_folder_alone_with_itself_is_nothing_to_merge(machines):
    with pytest.raises(FreqbenchError, match="name at least one folder"):
        plan_merge([machines[0].folder], machines[0].folder)
