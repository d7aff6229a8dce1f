"""The steps of a study as a file, and a runner for machines without a workflow engine."""

from freqbench.plan.runner import Outcome, PlanRunner
from freqbench.plan.steps import Plan, Step, read_plan

__all__ = ["Outcome", "Plan", "PlanRunner", "Step", "read_plan"]
