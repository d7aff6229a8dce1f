"""Two further outcomes in words: how the numbers stand beside the paper's, and what the scores owe to leakage."""

from freqbench.config import CONTROLS
from freqbench.metrics.contracts import contract_of, label_for
from freqbench.reporting.html_report.sources import Sources
from freqbench.reporting.labels import method_label
from freqbench.reporting.numbers import difference_text, probability
from freqbench.reporting.published_verdict import VERDICTS


def beside_the_paper(sources: Sources) -> list[str]:
    """Return for each data set that stands for one of the paper's how many numbers have which verdict."""
    sentences = []
    for name, dataset in sources.config.datasets.items():
        rows = sources.numbers[(sources.numbers["dataset"] == name) & sources.numbers["published"].notna()]
        if dataset.published_as is None or rows.empty:
            continue
        counts = rows["verdict"].value_counts()
        found = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts]
        sentences.append(
            f"{name} beside {dataset.published_as} in the LFFL paper's Table 1, {len(rows)} numbers: "
            f"{', '.join(found)}."
        )
    return sentences


def owed_to_leakage(sources: Sources) -> list[str]:
    """Return for each pair of data sets which scores owe something to leakage, as far as the tests decide it."""
    if sources.leakage is None:
        return []
    table, level = sources.leakage[0], sources.config.comparison.significance
    sentences = []
    trained = table[(table["fields"] == "all") & ~table["method"].isin(CONTROLS)]
    for (leaking, free), rows in trained.groupby(["leaking", "free"], sort=False):
        of = f"{leaking}, whose split leaks, beside {free}"
        tested = rows[rows["p_holm"].notna()]
        if tested.empty:
            sentences.append(f"{of}: too few fields of view to test what scores owe to leakage.")
            continue
        decided = tested[tested["p_holm"] < level]
        claims = [_claim(sources, row) for row in decided.to_dict("records")]
        shown = f": {'; '.join(claims)}" if claims else ""
        sentences.append(
            f"{of}: {len(decided)} of {len(tested)} scores differ by a part that is owed to leakage (p < {level:g} "
            f"after Holm's correction over fields of view){shown}."
        )
    return sentences


def _claim(sources: Sources, row: "dict[object, object]") -> str:
    metric = str(row["metric"])
    label = label_for(metric, untrained=sources.config.feature_networks == "untrained")
    unit = f" {contract_of(metric).unit}" if contract_of(metric).unit else ""
    owed, low, high = (difference_text(float(str(row[name])), metric) for name in ("owed", "ci_low", "ci_high"))
    p_value = probability(float(str(row["p_holm"])))
    return (
        f"{label} of {method_label(str(row['method']))} {owed}{unit} (95 % interval {low} to {high}; corrected p "
        f"{p_value}; {row['fovs']} fields of view)"
    )
