"""Running a plan: real commands in an empty folder."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from freqbench.errors import FreqbenchError
from freqbench.plan import Outcome, Plan, PlanRunner, Step

# saves its state when it is told to stop, as a training does
TRAINING = (
    "trap 'echo saved > state; exit 75' TERM;"
    " test -e state || for i in $(seq 600); do sleep 0.1; done; echo done > {output}"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def step(output: str, *inputs: str, command: str = "cat {inputs} /dev/null > {output}; echo {output} >> order") -> Step:
    text = command.format(output=output, inputs=" ".join(inputs))
    return Step("rule", f"({text}) > {output}.log 2>&1", inputs, (output,), f"{output}.log")


def run(*steps: Step, config: dict[str, object] | None = None, **options: object) -> tuple[Outcome, list[str]]:
    """Run a plan; return the outcome and which outputs were begun."""
    said: list[str] = []
    plan = Plan(config or {"name": "study"}, "study/config.json", "study", steps)
    outcome = PlanRunner(plan, say=said.append, **options).run()  # type: ignore[arg-type]
    return outcome, [line.split()[-1] for line in said if line.startswith("begin")]


CHAIN = (step("a"), step("b", "a"), step("c", "b"), step("d", "a"))


def test_all_runs_in_order_and_then_nothing():
    assert run(*CHAIN) == (Outcome(total=4, done=4), ["a", "b", "c", "d"])
    assert Path("order").read_text().split() == ["a", "b", "c", "d"]
    assert run(*CHAIN) == (Outcome(total=4, done=4), [])


def test_a_changed_input_makes_what_follows_anew():
    Path("source").write_text("one")
    steps = (step("a", "source"), step("b", "a"), step("x"))
    run(*steps)
    Path("source").write_text("two")
    assert run(*steps)[1] == ["a", "b"]
    assert Path("b").read_text() == "two"


@pytest.mark.parametrize("lost", ["a", "b"])
def test_a_deleted_output_is_made_again_with_what_follows(lost):
    steps = (step("a"), step("b", "a"))
    run(*steps)
    Path(lost).unlink()
    assert run(*steps)[1] == ["a", "b"][["a", "b"].index(lost) :]


def test_other_settings_or_another_command_make_it_anew():
    run(step("a"), config={"name": "study", "seeds": [0]})
    assert run(step("a"), config={"name": "study", "seeds": [0]})[1] == []
    assert run(step("a"), config={"name": "study", "seeds": [1]})[1] == ["a"]
    assert run(step("a", command="echo new > {output}"), config={"name": "study", "seeds": [1]})[1] == ["a"]


def test_another_place_of_the_results_or_the_mirror_does_not():
    run(step("a"), config={"name": "study", "mirror": "one"})
    assert run(step("a"), config={"name": "study", "mirror": "two"})[1] == []


def test_other_code_makes_it_anew(monkeypatch):
    run(step("a"))
    monkeypatch.setattr("freqbench.plan.stamps.Stamps._code", "another")
    assert run(step("a"))[1] == ["a"]


def test_half_a_stamp_is_none():
    run(step("a"))
    for path in Path("study/state/plan").iterdir():
        path.write_text(path.read_text()[:10])
    assert run(step("a"))[1] == ["a"]


def test_a_failure_holds_up_only_what_needs_it():
    outcome, begun = run(
        step("a"), step("bad", "a", command="echo what went wrong; exit 3"), step("c", "bad"), step("d")
    )
    assert begun in (["a", "d", "bad"], ["a", "bad", "d"])
    assert (outcome.done, outcome.total, outcome.is_stopped) == (2, 4, False)
    (text,) = outcome.failed
    assert "exit status 3" in text
    assert "bad.log" in text
    assert "what went wrong" in text
    assert not Path("c").exists()


def test_a_step_that_lies_is_a_failure():
    outcome, _ = run(step("a", command="true"))
    assert "did not write a" in outcome.failed[0]
    assert outcome.done == 0


def test_a_failed_step_runs_again():
    run(step("a", command="test -e repaired && echo > {output}"))
    Path("repaired").touch()
    assert run(step("a", command="test -e repaired && echo > {output}"))[0] == Outcome(total=1, done=1)


def test_the_limit_stops_a_training_which_goes_on():
    steps = (step("weights", command=TRAINING), step("table", "weights"))
    began = time.monotonic()
    outcome, _ = run(*steps, limit_seconds=1.0)
    assert time.monotonic() - began < 20.0
    assert outcome == Outcome(total=2, is_stopped=True)
    assert Path("state").read_text() == "saved\n"
    assert not Path("weights").exists()
    assert run(*steps, limit_seconds=60.0)[0] == Outcome(total=2, done=2)


def test_done_within_the_limit_is_not_stopped():
    assert run(step("a"), limit_seconds=60.0)[0] == Outcome(total=1, done=1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_its_steps(number):
    threading.Timer(1.0, os.kill, (os.getpid(), number)).start()
    outcome, _ = run(step("weights", command=TRAINING))
    assert outcome.is_stopped
    assert Path("state").exists()
    assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)


def test_a_training_stopped_by_others_is_a_failure_that_says_so():
    outcome, _ = run(step("a", command="exit 75"))
    assert "stopped and saved its state" in outcome.failed[0]


def test_jobs_run_at_once_and_no_more():
    # each notes how many are running with it
    command = "touch {output}.on; sleep 0.5; ls *.on | wc -l > {output}; sleep 0.5; rm {output}.on"
    run(*(step(name, command=command) for name in "abcd"), jobs=2)
    assert max(int(Path(name).read_text()) for name in "abcd") == 2


def test_what_no_step_makes_must_be_there():
    with pytest.raises(FreqbenchError, match="source: `rule` reads it"):
        run(step("a", "source"))


def test_the_configuration_is_written_where_the_commands_read_it():
    run(step("a", command="cp study/config.json {output}"), config={"name": "study", "seeds": [7]})
    assert '"seeds"' in Path("a").read_text()


def test_commands_are_those_of_this_environment(monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    run(step("a", command="command -v freqbench > {output}"))
    assert Path("a").read_text().strip().endswith("/freqbench")
