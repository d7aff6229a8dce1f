"""What limits the results, from the configuration, the audits and the numbers."""

from freqbench.reporting.comparability import other_settings
from freqbench.reporting.control_checks import control_notes
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.labels import study_notes
from freqbench.reporting.repeated_captures import repeated_capture_notes
from freqbench.reporting.table1 import below_classical


def limitations(sources: Sources) -> list[str]:
    """Return what a reader must know before a number is believed, one statement each."""
    config = sources.config
    found = [*study_notes(config, sources.results.verdicts), *repeated_capture_notes(config)]
    if len(config.seeds) == 1:
        found.append("One seed: nothing is known of a loss as such, only of the networks trained here.")
    for name, dataset in config.datasets.items():
        fovs = int(sources.results.patches.loc[sources.results.patches["dataset"] == name, "fov"].nunique())
        counted = f"{fovs} test field{'' if fovs == 1 else 's'} of view"
        if fovs < 2:
            found.append(f"{name}: {counted}. Nothing is known of other fields of view.")
        elif dataset.split.repeats == 1:
            found.append(f"{name}: one split, {counted}. Nothing is known of training on other fields of view.")
    if len(config.datasets) == 1:
        found.append("One data set: nothing is known of other specimens or microscopes.")
    differing = other_settings(config)
    if differing:
        found.append(f"Settings other than the paper's, which stand in parentheses: {differing}.")
    found += [*below_classical(sources.numbers), *control_notes(config, sources.numbers)]
    found.append("A difference in a metric says nothing about a use of the images that was not measured.")
    return found
