"""A run names a data set, a method and a seed of its study, or says what there is."""

from pathlib import Path

import pytest
import torch

from freqbench.config import CONTROLS, load_config
from freqbench.device import choose_device, describe_device
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.registry import LOSSES, did_you_mean, loss_path
from freqbench.run import Run

SMOKE = load_config(Path(__file__).parents[2] / "config" / "smoke.yaml")


def test_a_trained_run():
    run = Run(SMOKE, "phantom_tissue", "ffl")
    assert not run.is_control
    assert run.data is SMOKE.datasets["phantom_tissue"]
    assert run.settings.loss == "focal_frequency"
    assert run.identity == {"dataset": "phantom_tissue", "method": "ffl", "seed": 0}
    assert run.layout == Layout(Path("results/smoke"))


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_is_not_trained(control):
    run = Run(SMOKE, "phantom_tissue", control)
    assert run.is_control
    with pytest.raises(FreqbenchError, match=f"method {control}: is a control"):
        _ = run.settings


@pytest.mark.parametrize(
    ("dataset", "method", "seed", "expected"),
    [
        ("zebrafish", "ffl", 0, "data set zebrafish: .* phantom_tissue, phantom_nuclei"),
        ("phantom_tissue", "lffl", 0, "method lffl: .* input, gaussian, clean, spatial, ffl"),
        ("phantom_tissue", "ffl", 1, r"seed 1: .* ffl has \(0,\)"),
    ],
)
def test_what_the_study_lacks_is_named_with_what_there_is(dataset, method, seed, expected):
    with pytest.raises(FreqbenchError, match=expected):
        Run(SMOKE, dataset, method, seed)


def test_a_control_runs_once_whatever_the_seeds():
    config = SMOKE.model_copy(update={"seeds": (5, 6)})
    assert Run(config, "phantom_tissue", "spatial", 6).seed == 6
    assert Run(config, "phantom_tissue", "input", 0).seed == 0
    with pytest.raises(FreqbenchError, match="seed 5"):
        Run(config, "phantom_tissue", "input", 5)


def test_no_two_results_share_a_file():
    layout = Layout.of(SMOKE)
    made = [layout.config, layout.preflight, layout.manifest]
    for dataset in SMOKE.datasets:
        of_data = (
            layout.images,
            layout.source,
            layout.index,
            layout.similarity,
            layout.split,
            layout.audit,
            layout.mask,
        )
        of_patches = (layout.patch_table, layout.noisy_patches, layout.clean_patches, layout.statistics)
        made += [path(dataset) for path in (*of_data, *of_patches)]
        made += [path(dataset, suffix) for suffix in ("png", "pdf") for path in (layout.figure, layout.audit_figure)]
        for method in SMOKE.method_names:
            made.append(layout.calibration(dataset, method))
            for seed in (0, 1):
                trained = (layout.generator, layout.training_log, layout.training_manifest, layout.restored)
                measured = (layout.image_metrics, layout.set_metrics)
                made += [path(dataset, method, seed) for path in (*trained, *measured)]
                made += [layout.training_state(dataset, method, seed, mark) for mark in ("a", "b")]
    made += [layout.table(suffix) for suffix in ("csv", "md", "html")]
    assert len(set(made)) == len(made)
    assert all(path.is_relative_to(layout.root) for path in made)


def test_state_of_an_unfinished_training_lies_outside_of_what_a_step_declares():
    layout = Layout.of(SMOKE)
    declared = layout.generator("d", "m", 0).parent
    assert not layout.training_state("d", "m", 0, "f").is_relative_to(declared)


def test_wildcards_pass_through():
    assert Layout(Path("r")).generator("{dataset}", "{method}", "{seed}") == Path(
        "r/training/{dataset}/{method}/seed{seed}/generator.pt"
    )


def test_a_registered_loss_and_a_dotted_path():
    assert loss_path("focal_frequency") == LOSSES["focal_frequency"]
    assert loss_path("my.package.Loss") == "my.package.Loss"
    with pytest.raises(FreqbenchError, match="loss focal_frequncy: no such loss; did you mean 'focal_frequency'"):
        loss_path("focal_frequncy")
    assert did_you_mean("zzz", LOSSES) == ""


def test_device():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert describe_device(torch.device("cpu")).startswith("CPU, ")


def test_a_missing_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(FreqbenchError, match="device: `cuda` is asked for"):
        choose_device("cuda")
