"""Commands for machines without Snakemake: plan, run-plan."""

import os
from pathlib import Path
from typing import Annotated

import typer

from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.options import DEFAULT_CONFIG, ConfigOption
from freqbench.cli.progress import say


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (plan, run_plan):
        app.command(rich_help_panel="A machine without Snakemake")(command)


def plan(
    to: Annotated[Path, typer.Option("--to", "-o", help="File to write, JSON.")],
    config: ConfigOption = DEFAULT_CONFIG,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE in YAML that replaces a part of the configuration; repeatable."),
    ] = None,
    targets: Annotated[list[str] | None, typer.Option("--target", help="Target of the workflow; repeatable.")] = None,
) -> None:
    """Write the steps of a study to a file, for a machine without Snakemake. Needs Snakemake here.

    Examples:
        freqbench plan -c config/paper.yaml -o plan.json
    """
    from freqbench.plan.workflow import plan_of_workflow

    made = plan_of_workflow(config, overrides or [], targets or [])
    made.write(to)
    say(f"{len(made.steps)} steps of the study {made.config['name']}: {to}")


def run_plan(
    file: Annotated[Path, typer.Argument(help="A plan that `freqbench plan` wrote.")],
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Steps that run at once; on a GPU, if their memory allows.")
    ] = 1,
    minutes: Annotated[
        float | None, typer.Option("--minutes", min=0.01, help="Stop after this time; the next call goes on.")
    ] = None,
) -> None:
    """Run the steps of a plan that are not up to date. Stopped, by time or Ctrl-C, the same command goes on.

    Call it from the folder that the plan was made for, or from a copy of it. A step that fails holds up those that
    need its files and no others. Exit status: 0 all is done, 75 stopped before, 2 a step failed.

    Examples:
        freqbench run-plan plan.json --jobs 2 --minutes 9
    """
    from freqbench.gpu_slots import JOBS_VARIABLE
    from freqbench.plan import PlanRunner, read_plan

    # as many as are asked for may share a GPU, where memory allows
    os.environ.setdefault(JOBS_VARIABLE, str(jobs))
    runner = PlanRunner(read_plan(file), jobs=jobs, limit_seconds=minutes and 60 * minutes, say=say)
    outcome = runner.run()
    for text in outcome.failed:
        say(f"error: {text}")
    say(f"{outcome.done} of {outcome.total} steps are done")
    if outcome.failed:
        raise typer.Exit(ExitCode.USER_ERROR)
    if outcome.is_stopped:
        say("stopped; the same command goes on")
        raise typer.Exit(ExitCode.STOPPED)
