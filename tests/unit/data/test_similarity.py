"""Relations of all fields of view: written and read again, and grouped."""

import pandas as pd
import pytest

from freqbench.config.datasets import Audit
from freqbench.data.exclusions import Exclusions
from freqbench.data.index import index_images
from freqbench.data.leakage.similarity import Finding, Similarity, measure_similarity, register, specimens
from freqbench.data.readers.fmd_layout import pair_fmd_layout
from freqbench.data.registration.overlap import Overlap
from freqbench.errors import FreqbenchError

FOVS = [str(number) for number in range(1, 11)]


def table(group_of):
    """Return an index; a field of view without a declared group is one of its own."""
    return pd.DataFrame([(fov, group or fov) for fov, group in group_of.items()], columns=["fov", "group"])


def finding(first, second, kind="related"):
    return Finding(first, second, kind, Overlap((3, -4), 0.8, 0.5, 0.3, 0.2, 1.5, 1.02, 40.0))


def test_fields_are_grouped_through_others():
    findings = [finding("10", "2"), finding("2", "7", "same area"), finding("1", "3", "undecided")]
    groups = specimens(table(dict.fromkeys(FOVS)), findings)
    assert [group for group in groups if len(group) > 1] == [["2", "7", "10"]]
    assert sorted(fov for group in groups for fov in group) == sorted(FOVS)


def test_declared_groups_and_relations_are_joined():
    group_of = dict.fromkeys(FOVS) | {"1": "well", "2": "well", "9": "other", "10": "other"}
    groups = specimens(table(group_of), [finding("2", "9"), finding("3", "absent")])
    assert [group for group in groups if len(group) > 1] == [["1", "2", "9", "10"]]


def test_relations_are_written_and_read_again(tmp_path):
    similarity = Similarity([finding("1", "2"), finding("2", "3", "same area")], complete=True)
    similarity.write(tmp_path / "similarity.json")
    assert Similarity.read(tmp_path / "similarity.json") == similarity
    (tmp_path / "similarity.json").write_text('{"pairs": [{"first": "1"}], "complete": true}')
    with pytest.raises(FreqbenchError, match=r"similarity\.json: not readable"):
        Similarity.read(tmp_path / "similarity.json")


def test_a_relation_is_found_in_either_order():
    similarity = Similarity([finding("1", "2")], complete=True)
    assert similarity.between("2", "1").overlap == similarity.between("1", "2").overlap.inverse()
    assert similarity.between("1", "3") is None


def test_too_many_pairs_are_left_to_the_audit_unless_the_split_needs_them(make_source, textures):
    record = make_source(dict(zip("123", textures, strict=True)), captures=1)
    index = index_images(record, "d", pair_fmd_layout(record, "raw"), Exclusions(record.root))
    few = Audit(all_pairs=2)
    assert measure_similarity(index, record, few) == Similarity([], complete=False)
    needed = measure_similarity(index, record, few, needed=True)
    assert [(f.first, f.second) for f in needed.findings] == [("1", "2"), ("1", "3"), ("2", "3")]
    assert needed.complete


@pytest.mark.mirror
def test_real_fields_of_one_type_are_grouped_as_they_are_known_to_be(real_clean):
    clean = {fov: real_clean("Confocal_BPAE_B", fov) for fov in ("1", "2", "19")}
    findings = register(clean, [("1", "2"), ("1", "19"), ("2", "19")], Audit())
    assert specimens(table(dict.fromkeys(clean)), findings) == [["1", "2"], ["19"]]
