"""The audit of the LFFL paper's Table 1: ranks, where asterisks point, claims."""

import pytest

from freqbench.published.audit import audit_papers
from freqbench.published.claims import CLAIMS, NUCLEI, ZEBRAFISH, Claim, ClaimReading, check_claims
from freqbench.published.lffl_table import TABLE, VARIANTS, Place, published_table1, read_lffl_table

THROUGHOUT = "better than the baselines throughout, in all metrics"
HIGHER = ("PSNR", "SSIM", "FSIM")


@pytest.fixture
def table():
    return read_lffl_table()


def test_ranks_are_those_of_pandas(table):
    printed = published_table1()
    for (dataset, metric), rows in printed.groupby(["dataset", "metric"]):
        ranks = rows["value"].astype(float).rank(ascending=metric not in HIGHER)
        for method, rank in zip(rows["method"], ranks, strict=True):
            assert table.mean_rank(Place(dataset, metric), method, tuple(rows["method"])) == rank


def test_every_value_is_listed_with_its_rank():
    ranks = {check.item: check for check in audit_papers().of("ranks")}
    assert len(ranks) == 72
    assert ranks["fmd_zebrafish SSIM lffl_a2"].recomputed == "rank 1= of 6"
    assert ranks["nuclei_defocus FID lffl_a2"].recomputed == "rank 6 of 6"
    assert ranks["nuclei_defocus FID lffl_a2"].allowed == "worse than spatial by 6.965"
    assert ranks["nuclei_defocus LPIPS lffl_a0.5"].allowed == "better than spatial by 0.0018"


def test_the_asterisk_on_a_worse_value_is_found():
    marked = [check for check in audit_papers().of("ranks") if check.outcome != "not marked"]
    assert len(marked) == int(published_table1()["significant"].sum())
    (worse,) = [check for check in marked if check.outcome != "marked, better"]
    assert (worse.item, worse.printed, worse.outcome) == ("nuclei_defocus PSNR lffl_a0.5", "36.184*", "marked, worse")
    assert worse.allowed == "worse than spatial by 0.113"
    assert "better than ffl and fsl" in worse.note


def test_a_planted_asterisk_is_found(tables, put):
    put(TABLE, "significant", "1", dataset=ZEBRAFISH, method="lffl_a2", metric="LPIPS")
    put(TABLE, "value", "0.920", dataset=ZEBRAFISH, method="lffl_a0.5", metric="FSIM")
    outcomes = {check.item: check.outcome for check in audit_papers(tables).of("ranks")}
    assert outcomes["fmd_zebrafish LPIPS lffl_a2"] == "marked, worse"
    assert outcomes["fmd_zebrafish FSIM lffl_a0.5"] == "marked, printed equal"


def test_what_the_claims_come_to(table):
    checks = list(check_claims(table))
    assert [check.outcome for check in checks if check.part == "claims"] == [
        "holds",
        "holds in part",
        "backed in part",
        "backed in part",
    ]
    readings = {check.item: check for check in checks if check.part == "readings"}
    assert readings["the best α of each metric, both"].recomputed == (
        "not in 2 of 12: fmd_zebrafish LPIPS, fmd_zebrafish FID"
    )
    assert readings["every α, nuclei"].recomputed == (
        "not in 2 of 18: nuclei_defocus PSNR lffl_a0.5, nuclei_defocus FID lffl_a2"
    )
    assert readings["α=1, nuclei"].outcome == "yes"
    assert readings["best α in LPIPS"].outcome == "yes", "a tie is no loss"
    assert readings["best α in FID"].recomputed == (
        "another one is better in nuclei_defocus FID (lffl_a1), fmd_zebrafish FID (lffl_a2)"
    )


def test_recommendations_are_no_findings():
    findings = [check.item for check in audit_papers().findings if check.part == "claims"]
    assert findings == [THROUGHOUT]


@pytest.mark.parametrize(("best", "outcome"), [(True, "holds"), (False, "does not hold")])
def test_the_same_claim_of_another_table(tables, edit, best, outcome):
    def plant(rows):
        for row in rows:
            if row["method"] in VARIANTS:
                digits = len(row["value"].partition(".")[2])
                row["value"] = f"{99 if best == (row['metric'] in HIGHER) else 0:.{digits}f}"

    edit(TABLE, plant)
    (claim,) = [claim for claim in CLAIMS if claim.words == THROUGHOUT]
    check = next(check_claims(read_lffl_table(tables), (claim,)))
    assert check.outcome == outcome


def test_a_claim_of_ones_own(table):
    gains = [table.gain_on_baselines(Place(NUCLEI, "PSNR"), name) for name in VARIANTS]
    reading = ClaimReading("PSNR on nuclei rises with α", lambda _: (gains == sorted(gains), str(gains)))
    claim, detail = check_claims(table, (Claim("LFFL", "PSNR rises with α", (reading,)),))
    assert claim.outcome == "holds"
    assert detail.recomputed == "[-0.113, 0.377, 0.559]"
