"""Reading a configuration: shipped files are right, and whatever is wrong gets one line, never a traceback."""

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from freqbench.config import Config, load_config, parse_config
from freqbench.config.reference import json_schema, markdown
from freqbench.errors import FreqbenchError

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "config").glob("*.yaml"))
SMOKE = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text(encoding="utf-8"))

OPEN_MAPPINGS = ("options", "datasets")
"""Mappings that may have any key: arguments of a loss, names of data sets."""


def message_of(path: Path) -> str:
    with pytest.raises(FreqbenchError) as caught:
        load_config(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_file_is_valid_and_named_after_its_study(path):
    config = load_config(path)
    assert config.name == path.stem


def test_the_three_tiers_are_shipped():
    assert {path.stem for path in SHIPPED} >= {"smoke", "mini", "paper"}


def test_generated_reference_is_up_to_date():
    hint = "run `freqbench schema`"
    assert (ROOT / "workflow/schemas/config.schema.json").read_text(encoding="utf-8") == json_schema(), hint
    assert (ROOT / "config/README.md").read_text(encoding="utf-8") == markdown(), hint


def test_what_is_written_is_read_again(tmp_path):
    config = load_config(ROOT / "config" / "smoke.yaml")
    again = load_config(written(tmp_path / "config.json", config.model_dump_json()))
    assert again == config


def test_number_in_exponential_notation_without_a_point():
    # YAML 1.1 reads 1e-4 as text
    assert yaml.safe_load("1e-4") == "1e-4"
    config = parse_config(SMOKE | {"training": SMOKE["training"] | {"learning_rate_generator": "1e-4"}}, "x")
    assert config.training.learning_rate_generator == 1e-4


def test_a_configuration_cannot_be_changed():
    config = parse_config(SMOKE, "x")
    with pytest.raises(ValueError, match="frozen"):
        config.name = "other"
    with pytest.raises(ValueError, match="frozen"):
        config.training.batch_size = 8


def test_missing_file_and_folder(tmp_path):
    assert "No such file" in message_of(tmp_path / "absent.yaml")
    assert "directory" in message_of(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: smoke\ntier: [a\nmethods: b\n", ", line 3: not valid YAML"),
        ("name: smoke\n\tdatasets:\n", ", line 2: not valid YAML"),
        ("name: !!python/object:os.system x\n", ", line 1: not valid YAML"),
        ("name: a\ntier: smoke\nname: b\n", ", line 3: not valid YAML (key `name` stands there twice)"),
        ("training: {crop: 1, crop: 2}\n", ", line 1: not valid YAML (key `crop` stands there twice)"),
        ("? [a, b]\n: 1\n", ", line 1: not valid YAML"),
        ("name: 2026-13-45\n", ": not valid YAML (month must be"),
        ("name: a\x07\n", ": not valid YAML (special characters are not allowed)"),
        ("- name: smoke\n", ": must hold keys and values, such as `name: smoke`"),
        ("smoke\n", ": must hold keys and values"),
        ("", ": must hold keys and values"),
    ],
)
def test_bad_yaml_names_file_and_line(tmp_path, text, expected):
    path = written(tmp_path / "bad.yaml", text)
    assert message_of(path).startswith(f"{path}{expected}")


def test_binary_file_is_not_yaml(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00name")
    assert "not valid YAML (invalid start byte)" in message_of(path)


def places(content, at=()):
    """Return the path of every value inside nested mappings and lists."""
    children = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for key, value in children:
        found.append((*at, key))
        if isinstance(value, dict | list):
            found += places(value, (*at, key))
    return found


def value_at(content, place):
    return value_at(content[place[0]], place[1:]) if place else content


def replaced(content, place, value):
    """Return a copy with another value at one place."""
    if not place:
        return value
    copy = content.copy()
    copy[place[0]] = replaced(content[place[0]], place[1:], value)
    return copy


MAPPINGS = [
    place for place in places(SMOKE) if isinstance(value_at(SMOKE, place), dict) and place[-1] not in OPEN_MAPPINGS
]

KNOWN = {key for model in Config.model_json_schema()["$defs"].values() for key in model.get("properties", {})}

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.booleans() | st.none(), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(place=st.sampled_from(places(SMOKE)), value=JUNK)
def test_junk_at_any_place_is_accepted_or_named_in_one_line(place, value):
    content = replaced(SMOKE, place, value)
    try:
        parse_config(content, "file.yaml")
    except FreqbenchError as error:
        assert str(error).startswith("file.yaml: ")
        assert len(str(error).splitlines()) == 1


@given(place=st.sampled_from(MAPPINGS), key=st.text(max_size=8) | st.integers())
def test_unknown_key_in_any_mapping_is_refused(place, key):
    assume(key not in KNOWN)
    content = replaced(SMOKE, place, value_at(SMOKE, place) | {key: 1})
    with pytest.raises(FreqbenchError) as caught:
        parse_config(content, "file.yaml")
    assert len(str(caught.value).splitlines()) == 1
