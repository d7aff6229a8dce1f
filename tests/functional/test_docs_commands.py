"""Every command of README and docs is run, or checked against what there is, or listed here with the reason why not."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from command_lines import problem_with, program, words_of

from freqbench.config import load_config

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]

RUN = {
    "docs/add_a_loss.md": [
        "freqbench new-loss edge_aware",
        "PYTHONPATH=. freqbench check-loss mylosses.edge_aware.EdgeAwareLoss -o power=2.0",
        "PYTHONPATH=. python -m pytest mylosses/test_edge_aware.py",
        "PYTHONPATH=. freqbench preflight -c study.yaml",
    ],
    "docs/add_a_dataset.md": [
        "freqbench new-dataset trial",
        "python -m pytest mydata/test_trial.py",
        "freqbench fetch -d trial -c mydata/trial.yaml",
        "freqbench index -d trial -c mydata/trial.yaml",
        "freqbench similarity -d trial -c mydata/trial.yaml",
        "freqbench split -d trial -c mydata/trial.yaml",
        "freqbench audit -d trial -c mydata/trial.yaml",
        "freqbench audit-figure -d trial -c mydata/trial.yaml",
        "freqbench noise -d trial -c mydata/trial.yaml",
    ],
    "docs/reproduce.md": [
        "freqbench doctor -c config/paper.yaml --no-timing",
        "freqbench audit-paper",
        "freqbench null-simulation --to simulation --simulations 100",
    ],
}
"""Lines that are run, in this order, in a folder of their own with a copy of `config/`."""

NOT_RUN = {
    "export FREQBENCH_MIRROR=path/to/mirror": "sets a variable; what it does is tested with the mirror",
    "export FREQBENCH_OFFLINE=1": "sets a variable; what it does is tested where downloads are",
    "python -m pip download --require-hashes -r envs/requirements.lock --dest wheels": "needs a network",
    "python -m pip download --require-hashes -r envs/bootstrap.lock --dest wheels": "needs a network",
    "python -m pip install --no-index --find-links wheels --require-hashes -r envs/requirements.lock": "changes the "
    "environment of the tests",
    "python -m pip install --no-index --find-links wheels --no-deps --no-build-isolation --editable .": "changes the "
    "environment of the tests",
    "podman build -f envs/Containerfile -t freqbench .": "there is no container engine",
    "podman run --rm -v ./study:/study freqbench snakemake -s /opt/freqbench/Snakefile -c2": "there is no container "
    "engine",
    "apptainer build freqbench.sif envs/freqbench.def": "there is no Apptainer",
    "apptainer run --nv freqbench.sif snakemake -s /opt/freqbench/Snakefile -c2": "there is no Apptainer",
    "cd examples/module": "the example is run by tests/workflow/test_import_as_module.py",
    "snakemake --cores 2 --config 'freqbench={seeds: [0, 1, 2]}'": "the same",
    "python benchmarks/dag.py --to reports/benchmarks/dag": "takes a minute or more",
    "python benchmarks/aggregation.py --to reports/benchmarks/aggregation": "takes minutes",
}
"""Lines that cannot be run or checked, with the reason."""

MADE_ON_THE_PAGE = {"study.yaml", "mydata/trial.yaml"}
"""Configurations that a page tells to write."""


def shell_lines(page: str) -> Iterator[str]:
    """Yield the lines of the fenced blocks without a language, or of a shell; a block of another kind names it."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        if language in ("", "sh", "bash", "console"):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.split("  #")[0].strip()
                if command and not command.startswith("#"):
                    yield " ".join(command.split())


def inline_commands(page: str) -> Iterator[str]:
    """Yield the commands in the text; those with a placeholder such as `<step>` say a form and no command."""
    text = re.sub(r"^ *```.*?^ *```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for command in re.findall(r"`((?:PYTHONPATH=\S+ )?(?:freqbench|snakemake|make) [^`]+)`", text):
        if not re.search(r"<\w|[A-Z]{4,}\b(?!=)|\.\.\.", command):
            yield " ".join(command.split())


def rules() -> set[str]:
    """Return the names of the workflow's rules."""
    files = [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    return {
        name for file in files for name in re.findall(r"^rule (\w+):", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def problem_with_snakemake(words: list[str]) -> str:
    """Return what a `snakemake` line names that does not exist, empty if there is nothing."""
    values = {"--sdm", "--cores", "--resources", "--configfile", "--config", "--report", "--retries", "--profile"}
    switches = {"-n", "--touch", "--lint", "--dry-run", "--unlock"}
    place = 1
    while place < len(words):
        word = words[place]
        if word == "--configfile" and not ((ROOT / words[place + 1]).is_file() or words[place + 1] in MADE_ON_THE_PAGE):
            return f"no configuration {words[place + 1]}"
        if word == "--profile" and not (ROOT / words[place + 1] / "config.yaml").is_file():
            return f"no profile {words[place + 1]}"
        known = word in values | switches or re.fullmatch(r"-c\d+", word)
        if word.startswith("-") and not known:
            return f"the option {word} is not one that this test knows: add it"
        if not word.startswith(("-", "results/")) and word not in rules():
            return f"no rule {word}"
        place += 2 if word in values else 1
    return ""


def problem_with_make(words: list[str]) -> str:
    """Return which target of a `make` line does not exist, empty if all do."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = [word for word in words[1:] if "=" not in word and word not in targets]
    return f"no target {unknown[0]}" if unknown else ""


def problem(line: str) -> str:
    """Return what is wrong with a line that is not run, empty if nothing is."""
    words = words_of(line)
    if words[:1] == ["freqbench"]:
        return problem_with(line)
    if words[:1] == ["snakemake"]:
        return problem_with_snakemake(words)
    if words[:1] == ["make"]:
        return problem_with_make(words)
    return "has no class: add it to RUN, or to NOT_RUN with the reason"


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_a_block_is_right(page):
    wrong = [
        f"{page}: `{line}`: {found}"
        for line in shell_lines(page)
        if line not in RUN.get(page, []) and line not in NOT_RUN and (found := problem(line))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", [*PAGES, "config/README.md", "reports/README.md"])
def test_every_command_in_the_text_exists(page):
    wrong = [f"{page}: `{line}`: {found}" for line in inline_commands(page) if (found := problem_in_text(line))]
    assert not wrong, "\n".join(wrong)


def problem_in_text(line: str) -> str:
    """Return which command, option, rule or target does not exist; a sentence need not give all that is required."""
    words = words_of(line)
    if words[0] != "freqbench":
        return problem(line)
    name = next((word for word in words[1:] if not word.startswith("-")), "")
    if name and name not in program().commands:
        return f"no command {name}"
    known = (
        {option for each in program().commands[name].params for option in (*each.opts, *each.secondary_opts)}
        if name
        else set()
    )
    given = [word for word in words[words.index(name) :] if word.startswith("-")] if name else []
    unknown = [word for word in given if word not in known | {"--help"}]
    return f"freqbench {name} has no option {unknown[0]}" if unknown else ""


def test_what_is_listed_here_is_on_the_pages():
    written = {page: list(shell_lines(page)) for page in PAGES}
    assert {line for lines in written.values() for line in lines} >= set(NOT_RUN)
    for page, lines in RUN.items():
        on_page = [line for line in written[page] if line in lines]
        assert on_page == lines, f"{page}: the lines that are run are not there, or in another order"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("freqbench audti -d x", "no command audti"),
        ("freqbench audit --splt 1 -d x", "--splt"),
        ("snakemake frcc", "no rule frcc"),
        ("snakemake -c2 --configfile config/none.yaml", "no configuration"),
        ("snakemake --profile workflow/profiles/slrum", "no profile workflow/profiles/slrum"),
        ("make smokes", "no target smokes"),
        ("rm -rf results", "has no class"),
    ],
)
def test_a_wrong_line_would_be_found(line, expected):
    assert expected in problem(line)


def run_lines(page: str, folder: Path) -> None:
    """Run the lines of a page in a folder; the sources under test are found behind the page's own Python path."""
    sources = str(ROOT / "src")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": sources,
    }
    for line in RUN[page]:
        command = line.replace("PYTHONPATH=.", f"PYTHONPATH=.{os.pathsep}{shlex.quote(sources)}")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{page}: `{line}` ends with {done.returncode}:\n{done.stdout}{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN)
def test_a_page_does_what_it_says(page, tmp_path):
    (tmp_path / "config").symlink_to(ROOT / "config")
    if page == "docs/add_a_loss.md":
        # the study is the smoke study with the methods that the page shows
        study = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text(encoding="utf-8"))
        shown = re.search(r"```yaml\n(methods:.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
        assert shown is not None
        del study["datasets"]["phantom_nuclei"]
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(study | yaml.safe_load(shown[1])), encoding="utf-8")
        load_config(tmp_path / "study.yaml")
    run_lines(page, tmp_path)


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_every_link_leads_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\((?!http)([^)\s]+)\)", text)]
    missing = [link for link in links if link and not (ROOT / page).parent.joinpath(link).exists()]
    assert not missing, f"{page}: {', '.join(missing)}"


def test_every_page_is_in_the_table_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [page for page in PAGES[1:] if f"]({page})" not in readme]
    assert not missing, f"README.md, Documentation: no line for {', '.join(missing)}"


def test_every_environment_variable_is_explained():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")]
    named = {name for text in sources for name in re.findall(r'"((?:FREQBENCH|CELLPOSE|CUBLAS)_[A-Z_]+)"', text)}
    assert named
    assert not [name for name in sorted(named) if f"| `{name}` |" not in page]
