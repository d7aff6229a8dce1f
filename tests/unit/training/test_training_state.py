import pytest
import torch

from freqbench.errors import FreqbenchError
from freqbench.training.state import discard_state, load_state, load_tensors, save_state, save_tensors

CPU = torch.device("cpu")


def content(value):
    return {"iteration": value, "generator": {"weight": torch.full((50, 50), float(value))}, "records": [{"l1": 0.5}]}


def test_the_same_content_has_the_same_bytes_under_any_name(tmp_path):
    one, two = tmp_path / "one.pt", tmp_path / "deep" / "another.pt"
    for path in (one, two):
        save_tensors(content(3), path)
    assert one.read_bytes() == two.read_bytes()


def test_no_state_is_no_remark(tmp_path):
    assert load_state(tmp_path / "state.pt", CPU) == (None, "")


def test_the_newest_state_is_read(tmp_path):
    path = tmp_path / "state.pt"
    for value in (1, 2, 3):
        save_state(path, content(value))
    state, remark = load_state(path, CPU)
    assert state["iteration"] == 3
    assert torch.equal(state["generator"]["weight"], content(3)["generator"]["weight"])
    assert remark == ""
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_state_gives_way_to_the_one_before_and_says_so(tmp_path, share):
    path = tmp_path / "state.pt"
    save_state(path, content(1))
    save_state(path, content(2))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    state, remark = load_state(path, CPU)
    assert state["iteration"] == 1
    assert remark == "state.pt is damaged; going on from the state before it"


def test_a_flipped_bit_in_a_tensor_is_noticed(tmp_path):
    path = tmp_path / "state.pt"
    save_state(path, content(1))
    save_state(path, content(2))
    whole = bytearray(path.read_bytes())
    place = whole.index(torch.tensor([2.0]).numpy().tobytes() * 8)
    whole[place] ^= 1
    path.write_bytes(bytes(whole))
    assert load_state(path, CPU)[0]["iteration"] == 1


def test_a_crash_between_the_two_renames_loses_nothing(tmp_path):
    path = tmp_path / "state.pt"
    save_state(path, content(1))
    path.rename(tmp_path / "state.pt.previous")
    state, remark = load_state(path, CPU)
    assert (state["iteration"], remark) == (1, "")


def test_two_damaged_states_are_no_state_and_both_are_named(tmp_path):
    path = tmp_path / "state.pt"
    for value in (1, 2):
        save_state(path, content(value))
    for file in tmp_path.iterdir():
        file.write_bytes(b"nothing")
    state, remark = load_state(path, CPU)
    assert state is None
    assert remark == "state.pt and state.pt.previous: damaged; starting anew"


def test_code_in_a_file_is_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (pytest.fail, ("the file's code was run",))

    path = tmp_path / "generator.pt"
    torch.save({"state": Evil()}, path)
    with pytest.raises(FreqbenchError, match=r"generator\.pt: damaged"):
        load_tensors(path, CPU)


def test_a_missing_file_says_which_command_makes_it(tmp_path):
    with pytest.raises(FreqbenchError, match=r"generator\.pt: no such file; run `freqbench train`"):
        load_tensors(tmp_path / "generator.pt", CPU)


def test_states_of_a_finished_training_are_removed(tmp_path):
    path = tmp_path / "state.pt"
    for value in (1, 2):
        save_state(path, content(value))
    discard_state(path)
    assert list(tmp_path.iterdir()) == []
    discard_state(path)
