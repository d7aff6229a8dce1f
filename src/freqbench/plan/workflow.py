"""The steps of a study, asked of the workflow, so that they are said in one place."""

import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import yaml

from freqbench.config import parse_config
from freqbench.errors import FreqbenchError
from freqbench.layout import Layout
from freqbench.plan.steps import Plan, Step, in_order

SNAKEFILE = Path("Snakefile")


def plan_of_workflow(config: Path, overrides: Sequence[str], targets: Sequence[str]) -> Plan:
    """Return all steps of a study, made or not, as Snakemake would run them from nothing.

    Args:
        config: YAML file of the study.
        overrides: ``KEY=VALUE`` each, the value in YAML; replaces a part of the configuration as Snakemake's
            ``--config`` does.
        targets: rules or files of the workflow; none: its default.

    Raises:
        FreqbenchError: if Snakemake is not installed, this is not the project's folder, or the workflow refuses the
            configuration.
    """
    try:
        from snakemake import api
        from snakemake.exceptions import RuleException, WorkflowError
        from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings
    except ImportError as error:
        raise FreqbenchError(
            "`freqbench plan` asks Snakemake for the steps: pip install 'freqbench[workflow]'"
        ) from error
    if not SNAKEFILE.is_file():
        raise FreqbenchError(f"{SNAKEFILE}: not found; call `freqbench plan` in the project's folder")
    if not config.is_file():
        raise FreqbenchError(f"{config}: not found; name the configuration of a study")
    changes = dict(_parsed(text) for text in overrides)
    said = io.StringIO()  # a dry run prints pages
    try:
        with redirect_stdout(said), redirect_stderr(said), api.SnakemakeApi(OutputSettings(dryrun=True)) as snakemake:
            workflow = snakemake.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=ConfigSettings(configfiles=[config], config=changes),
                snakefile=SNAKEFILE,
            )
            workflow.dag(DAGSettings(targets=set(targets), forceall=True)).execute_workflow(executor="dryrun")
            inner = workflow._workflow  # the public interface does not show the jobs
            steps = [_step(job) for job in inner.dag.jobs if job.output]
            settings = parse_config(inner.globals["config"], str(config))
    except (WorkflowError, RuleException) as error:
        raise FreqbenchError(f"{config}: {' '.join(str(error).split())}") from error
    layout = Layout.of(settings)
    return Plan(settings.model_dump(mode="json"), str(layout.config), str(layout.root), in_order(steps))


def _step(job: Any) -> Step:
    inputs, outputs = (tuple(sorted(map(str, files))) for files in (job.input, job.output))
    return Step(job.rule.name, str(job.shellcmd), inputs, outputs, str(job.log[0]))


def _parsed(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise FreqbenchError(f"--set {text}: must be KEY=VALUE, as `seeds=[0]`")
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise FreqbenchError(f"--set {text}: the value is no YAML ({error})") from error
