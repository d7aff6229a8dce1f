"""A finished study without any training, and a reader of its report."""

from collections.abc import Callable
from html.parser import HTMLParser

import numpy as np
import pytest

from freqbench.config import CONTROLS
from freqbench.data.image_files import to_unit_range
from freqbench.data.patches import read_patches
from freqbench.evaluation import read_metrics
from freqbench.files import write_json
from freqbench.layout import Layout
from freqbench.run import runs_of
from freqbench.spectra.measure import measure_spectra
from freqbench.statistics.planning import power_table
from freqbench.statistics.variance import variance_table

METHODS = ("input", "gaussian", "clean", "spatial", "ffl", "lffl_a1")
MEANS = {
    "psnr": dict(zip(METHODS, (20.0, 24.0, 60.0, 25.0, 25.5, 24.0), strict=True)),
    "gmsd": dict(zip(METHODS, (0.2, 0.1, 0.0, 0.08, 0.07, 0.08), strict=True)),
}
CODE = {"version": "0.1.0", "commit": "0123456789abcdef", "modified": False}
TRAINING = {
    "device": "CPU, 1 threads",
    "code": CODE,
    "iterations": 7,
    "parts": 1,
    "wall_seconds": 3.0,
    "seconds_per_iteration": 0.4,
    "peak_memory_mib": 800.0,
    "peak_gpu_allocated_mib": None,
    "peak_gpu_reserved_mib": None,
    "energy_joules": None,
    "parameters": {"generator": 1000, "discriminator": 500},
}


def finish(config) -> None:
    """Write what the trainings and the measurements of a study leave, after its metrics."""
    layout = Layout.of(config)
    for dataset in config.datasets:
        for run in runs_of(config, dataset):
            _restore(run)
            measure_spectra(run)
            if not run.is_control:
                write_json(layout.training_manifest(*run.key), TRAINING)
        metrics = read_metrics([layout.image_metrics(*run.key) for run in runs_of(config, dataset)])
        for path, make in ((layout.variance(dataset), variance_table), (layout.power(dataset), power_table)):
            path.parent.mkdir(parents=True, exist_ok=True)
            make(metrics, config).to_csv(path, index=False)
    write_json(layout.manifest, manifest_of(config))


def _restore(run) -> None:
    test = read_patches(run.layout, run.dataset, run.split).side("test")
    noisy, clean = to_unit_range(test.noisy), to_unit_range(test.clean)
    share = {"input": 0.0, "clean": 1.0}.get(run.method, 0.5 + 0.02 * len(run.method))
    path = run.layout.restored(*run.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, ((1 - share) * noisy + share * clean).astype(np.float32))


def manifest_of(config) -> dict:
    return {
        "written": "2026-11-21T12:00:00+00:00",
        "configuration_sha256": "ab" * 32,
        "configuration": config.model_dump(mode="json", exclude={"results", "mirror"}),
        "code": CODE,
        "packages": {"python": "3.11.7", "numpy": "2.4.6"},
        "machine": {"system": "Linux", "architecture": "x86_64", "processors": 2},
        "data": {
            name: {"description": "bright spots", "licence": "MIT", "citation": "none"} for name in config.datasets
        },
        "trainings": [
            TRAINING for name in config.datasets for run in runs_of(config, name) if run.method not in CONTROLS
        ],
    }


def means_of(methods=METHODS) -> dict:
    return {(method, metric): values[method] for metric, values in MEANS.items() for method in methods}


@pytest.fixture(scope="session", name="finish")
def finish_fixture() -> Callable[..., None]:
    return finish


@pytest.fixture(scope="session", name="means")
def means_fixture() -> dict:
    return means_of()


@pytest.fixture(scope="session")
def finished(tmp_path_factory, write_study, write_results, finish, means):
    """A study with two data sets of three test fields of view, for tests that change nothing in it."""
    plain = write_study(tmp_path_factory.mktemp("study"))
    tiny = plain.datasets["tiny"].model_dump()
    config = write_study(
        plain.results, datasets={"second": tiny}, note="A remark of the user.", comparison={"significance": 0.05}
    )
    write_results(config, means)
    finish(config)
    return config


class ReportReader(HTMLParser):
    """The elements of a page: tags with attributes, and the text below each identifier."""

    VOID = frozenset({"meta", "img", "input", "wbr", "br", "link"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.text: dict[str, str] = {}
        self.headings: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()
        self.left_open = [tag for tag, _ in self._open]

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag not in self.VOID:
            self._open.append((tag, found.get("id")))

    def handle_endtag(self, tag):
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        if tag in ("th", "td", "dt", "dd", "li", "p"):
            self.handle_data(" ")

    def handle_data(self, data):
        for _, identifier in self._open:
            if identifier:
                self.text[identifier] = self.text.get(identifier, "") + data
        if self._open and self._open[-1][0] == "h2":
            self.headings.append(data)

    def section(self, identifier: str) -> str:
        """Return the text of a section with single spaces."""
        return " ".join(self.text[identifier].split())

    def of(self, tag: str) -> list[dict]:
        """Return the attributes of all elements of a kind."""
        return [found for name, found in self.tags if name == tag]


@pytest.fixture(scope="session")
def read_report() -> type[ReportReader]:
    return ReportReader
