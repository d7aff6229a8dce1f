"""The generator of a study: one of three kinds, and without `kind` an RRDB as before there were others."""

import inspect
import json
from pathlib import Path

import pytest
import yaml

from freqbench.config import Config, parse_config
from freqbench.config.reference import json_schema, markdown
from freqbench.config.training import CAREGenerator, Noise2NoiseGenerator, RRDBGenerator
from freqbench.models import CAREUNet, Noise2NoiseUNet, RRDBNet

SMOKE = yaml.safe_load((Path(__file__).parents[3] / "config" / "smoke.yaml").read_text(encoding="utf-8"))
KINDS = {
    "rrdb": (RRDBGenerator, RRDBNet),
    "care_unet": (CAREGenerator, CAREUNet),
    "noise2noise_unet": (Noise2NoiseGenerator, Noise2NoiseUNet),
}


def generator_of(content):
    return parse_config(SMOKE | {"generator": content}, "study.yaml").generator


def test_without_kind_it_is_an_rrdb():
    assert generator_of({}) == generator_of({"kind": "rrdb"}) == RRDBGenerator()
    assert generator_of({"blocks": 2, "features": 16}) == RRDBGenerator(blocks=2, features=16)
    without = {key: value for key, value in SMOKE.items() if key != "generator"}
    assert parse_config(without, "study.yaml").generator == RRDBGenerator()


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_decides(kind):
    model, _ = KINDS[kind]
    assert generator_of({"kind": kind, "features": 7}) == model(kind=kind, features=7)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_the_arguments_of_the_network_with_its_defaults(kind):
    model, network = KINDS[kind]
    settings = model(kind=kind).model_dump(exclude={"kind"})
    arguments = inspect.signature(network).parameters
    assert settings == {name: arguments[name].default for name in settings}
    # the harness trains one channel, and a network that gives a scale has two
    assert set(arguments) - set(settings) <= {"in_channels", "out_channels", "probabilistic"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again(kind):
    config = parse_config(SMOKE | {"generator": {"kind": kind, "features": 5}}, "study.yaml")
    assert Config.model_validate_json(config.model_dump_json()) == config
    assert config.model_dump()["generator"]["kind"] == kind


def test_a_mapping_that_is_read_is_not_changed():
    content = {"blocks": 2}
    generator_of(content)
    assert content == {"blocks": 2}


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        ({}, True),
        ({"blocks": 2, "global_residual": True}, True),
        ({"features": 8}, True),
        ({"kind": "care_unet", "depth": 3}, True),
        ({"kind": "noise2noise_unet", "bias": False}, True),
        ({"kind": "care"}, False),
        ({"kind": "care_unet", "blocks": 2}, False),
        ({"depth": 3}, False),
        ({"kind": "care_unet", "kernel_size": 4}, False),
    ],
)
def test_the_schema_allows_what_is_read(content, valid):
    jsonschema = pytest.importorskip("jsonschema", reason="comes with the extra `workflow`")
    validator = jsonschema.Draft202012Validator(json.loads(json_schema()))
    assert validator.is_valid(SMOKE | {"generator": content}) is valid


def test_the_reference_explains_every_kind():
    page = markdown()
    for kind in KINDS:
        assert f"## `generator (kind: {kind})`" in page
    assert (
        "| `generator` | RRDBGenerator, below or CAREGenerator, below or Noise2NoiseGenerator, below or nothing |"
        in page
    )
    assert "| the network that restores; nothing: an RRDB with its defaults, unless there are `generators` |" in page
    assert "| `kind` | `care_unet` | **required** |" in page
