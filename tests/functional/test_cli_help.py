"""Every command says in its help what it does, shows examples that parse, and explains each option."""

import inspect

import pytest
from command_lines import problem_with, program, words_of

from freqbench.cli.app import application, main
from freqbench.cli.help_texts import PANELS, split_examples

COMMANDS = sorted(program().commands)
INFOS = {
    info.name or info.callback.__name__.replace("_", "-"): info
    for info in application().registered_commands
    if info.callback is not None
}


def where(name: str) -> str:
    """Say in which file a command is."""
    callback = INFOS[name].callback
    return f"freqbench {name} ({callback.__module__}.{callback.__name__})"


@pytest.mark.parametrize("name", COMMANDS)
def test_summary_is_one_line(name):
    summary, *rest = (INFOS[name].help or "").split("\n\n")
    assert 20 < len(summary) <= 130, f"{where(name)}: the docstring needs a first line of 20 to 130 characters"
    assert "\n" not in summary, f"{where(name)}: the first paragraph of the docstring must be one line"
    assert summary[0].isupper(), f"{where(name)}: the summary must begin with a capital letter"
    assert summary.endswith((".", "?")), f"{where(name)}: the summary must end with a full stop"
    assert not any(part.startswith("Args:") for part in rest), f"{where(name)}: options explain themselves, no `Args:`"


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_parse(name):
    _, examples = split_examples(inspect.getdoc(INFOS[name].callback) or "")
    assert examples, f"{where(name)}: the docstring lacks a part `Examples:` with lines indented by four spaces"
    for example in examples:
        assert words_of(example)[:2] == ["freqbench", name], f"{where(name)}: `{example}` shows another command"
        problem = problem_with(example)
        assert not problem, f"{where(name)}: the example `{example}` is refused: {problem}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained(name):
    lacking = [
        parameter.opts[-1]
        for parameter in program().commands[name].params
        if len(getattr(parameter, "help", None) or "") < 8
    ]
    assert not lacking, f"{where(name)}: no help for {', '.join(lacking)}; give typer.Option or typer.Argument a `help`"


@pytest.mark.parametrize("name", COMMANDS)
def test_stands_in_a_panel_of_the_list(name):
    panel = INFOS[name].rich_help_panel
    assert panel in PANELS, (
        f"{where(name)}: its panel {panel!r} is not in freqbench.cli.help_texts.PANELS; add it there"
    )


def test_panels_come_in_the_order_of_the_steps():
    panels = list(dict.fromkeys(info.rich_help_panel for info in application().registered_commands))
    assert panels == [panel for panel in PANELS if panel in panels]
    assert panels == list(PANELS), "a panel without a command"


def test_help_shows_the_examples(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr("sys.argv", ["freqbench", "new-dataset", "--help"])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "Examples" in shown
    assert "freqbench new-dataset trial" in shown
    assert shown.index("--bit-depth") < shown.index("Examples")


def test_no_two_commands_share_a_name():
    assert len(INFOS) == len(application().registered_commands)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Do it.", ("Do it.", [])),
        (
            "Do it.\n\nMore.\n\nExamples:\n    freqbench a\n    freqbench b",
            ("Do it.\n\nMore.", ["freqbench a", "freqbench b"]),
        ),
        ("Do it.\n\nExamples:\n    freqbench a \\\n        --long", ("Do it.", ["freqbench a --long"])),
        ("Do it.\n\nExamples:\n    freqbench a\n\nNote.", ("Do it.", ["freqbench a", "Note."])),
    ],
)
def test_a_docstring_is_taken_apart(docstring, expected):
    assert split_examples(docstring) == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("freqbench audit -d x --split 2", ""),
        ("PYTHONPATH=. freqbench check-loss a.b.C -o x=1  # says what fails", ""),
        ("freqbench --debug audit -d x", ""),
        ("freqbench audti -d x", "no command audti"),
        ("freqbench audit", "Missing"),
        ("freqbench audit -d x --splt 2", "--splt"),
        ("freqbench audit -d x --split two", "valid integer"),
        ("freqbench --quiet audit", "no command --quiet"),
        ("snakemake -c2", "does not start with freqbench"),
    ],
)
def test_a_wrong_line_is_found(line, problem):
    found = problem_with(line)
    assert problem in found
    assert bool(found) == bool(problem)
