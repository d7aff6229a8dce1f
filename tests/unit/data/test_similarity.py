"""Relations of all fields of view: written and read again, grouped, and used by the split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freqbench.config.datasets import Audit, Split
from freqbench.data.index import index_fmd_layout
from freqbench.data.overlap import Overlap
from freqbench.data.similarity import Finding, Similarity, clusters, measure_similarity, register
from freqbench.data.split import split_fovs
from freqbench.errors import FreqbenchError

FOVS = [str(number) for number in range(1, 11)]


def finding(first, second, kind="related"):
    return Finding(first, second, kind, Overlap((3, -4), 0.8, 0.5, 0.3, 0.2, 1.5, 1.02, 40.0))


def test_fields_are_grouped_through_others():
    findings = [finding("10", "2"), finding("2", "7", "same area"), finding("1", "3", "undecided")]
    groups = clusters(FOVS, findings)
    assert [group for group in groups if len(group) > 1] == [["2", "7", "10"]]
    assert sorted(fov for group in groups for fov in group) == sorted(FOVS)


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
    index = index_fmd_layout(record, "d", "raw")
    few = Audit(all_pairs=2)
    assert measure_similarity(index, record.root, few) == Similarity([], complete=False)
    needed = measure_similarity(index, record.root, few, needed=True)
    assert [(f.first, f.second) for f in needed.findings] == [("1", "2"), ("1", "3"), ("2", "3")]
    assert needed.complete


@given(
    pairs=st.lists(st.tuples(st.sampled_from(FOVS), st.sampled_from(FOVS)), max_size=8),
    seed=st.integers(0, 1000),
    fraction=st.floats(0.2, 0.8),
)
def test_a_split_by_groups_puts_no_group_on_both_sides(pairs, seed, fraction):
    similarity = Similarity([finding(a, b) for a, b in pairs if a != b], complete=True)
    settings = Split(rule="groups", seed=seed, train_fraction=fraction)
    groups = clusters(FOVS, similarity.findings)
    if len(groups) == 1:
        with pytest.raises(FreqbenchError, match="finds all 10 fields of view related"):
            split_fovs(FOVS, settings, similarity)
        return
    sides = split_fovs(FOVS, settings, similarity)
    assert set(sides.values()) == {"train", "test"}
    assert all(len({sides[fov] for fov in group}) == 1 for group in groups)
    if len(groups) == len(FOVS):
        assert list(sides.values()).count("train") == round(fraction * len(FOVS))


def test_the_authors_test_on_field_of_view_19():
    sides = split_fovs(["1", "19", "20"], Split(rule="authors"))
    assert sides == {"1": "train", "19": "test", "20": "train"}
    with pytest.raises(FreqbenchError, match="`authors` tests on field of view 19"):
        split_fovs(["1", "2"], Split(rule="authors"))


def test_excluded_train_fields_are_unused():
    settings = Split(rule="list", train=["1", "2", "3"], test=["4"], shared_area="exclude")
    shared = [finding("2", "4", "same area"), finding("1", "4"), finding("1", "3", "same area")]
    sides = split_fovs(["1", "2", "3", "4"], settings, Similarity(shared, complete=True))
    assert sides == {"1": "train", "2": "unused", "3": "train", "4": "test"}
    everything = [finding(train, "4", "same area") for train in "123"]
    with pytest.raises(FreqbenchError, match="leaves no train field of view"):
        split_fovs(["1", "2", "3", "4"], settings, Similarity(everything, complete=True))


@pytest.mark.parametrize("settings", [Split(rule="groups"), Split(shared_area="exclude")])
@pytest.mark.parametrize("similarity", [None, Similarity([], complete=False)])
def test_a_split_that_needs_relations_says_so(settings, similarity):
    with pytest.raises(FreqbenchError, match="run `freqbench similarity` first"):
        split_fovs(FOVS, settings, similarity)


@pytest.mark.mirror
def test_real_fields_of_one_type_are_grouped_as_they_are_known_to_be(real_clean):
    clean = {fov: real_clean("Confocal_BPAE_B", fov) for fov in ("1", "2", "19")}
    findings = register(clean, [("1", "2"), ("1", "19"), ("2", "19")], Audit())
    assert clusters(clean, findings) == [["1", "2"], ["19"]]
