"""The file of a plan."""

import json

import pytest

from freqbench.errors import FreqbenchError
from freqbench.plan import Plan, Step, read_plan
from freqbench.plan.steps import in_order


def step(output: str, *inputs: str) -> Step:
    return Step("rule", f"make {output}", inputs, (output,), f"{output}.log")


def test_what_was_written_is_read(tmp_path):
    plan = Plan({"name": "study"}, "results/study/config.json", "results/study", (step("a"), step("b", "a")))
    plan.write(tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan


def test_steps_stand_behind_what_they_read_and_otherwise_as_they_stood():
    first, second, third, fourth = step("c", "b"), step("b", "a"), step("x"), step("a")
    assert in_order([first, second, third, fourth]) == (fourth, second, first, third)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([step("a", "b"), step("b", "a")], "waits for itself"),
        ([step("a", "a")], "waits for itself"),
        ([step("a"), step("a", "b")], "two steps write a"),
    ],
)
def test_steps_without_an_order_are_refused(steps, message):
    with pytest.raises(ValueError, match=message):
        in_order(steps)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "plan.json"),
        ("[]", "no plan of this version"),
        (json.dumps({"version": 0}), "no plan of this version"),
        (json.dumps({"version": 1}), "damaged"),
        (
            json.dumps({"version": 1, "steps": [{"rule": "a"}], "config": {}, "config_file": "", "folder": ""}),
            "damaged",
        ),
    ],
)
def test_another_file_is_one_line(tmp_path, text, message):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(FreqbenchError, match=message) as caught:
        read_plan(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(FreqbenchError, match=r"plan\.json"):
        read_plan(tmp_path / "plan.json")
