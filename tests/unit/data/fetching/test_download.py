"""A download ends with the right bytes or with one clear error, whatever the server does."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest

from freqbench.data.fetching import download as download_module
from freqbench.data.fetching.content import Content
from freqbench.data.fetching.download import download
from freqbench.errors import FreqbenchError

BYTES = np.random.default_rng(0).bytes(300_000)
OTHER = np.random.default_rng(1).bytes(300_000)
HALF = 150_000
PUBLISHED = Content(len(BYTES), hashlib.md5(BYTES).hexdigest(), hashlib.sha256(BYTES).hexdigest())
SIZE_ONLY = Content(len(BYTES))
UNKNOWN = Content()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache" / "images.tar"


@pytest.fixture
def get(path, waits):
    """Download; return what is at the final name."""

    def run(address: str, expected: Content = PUBLISHED, **options) -> bytes:
        found = download(address, path, expected, **options)
        content = path.read_bytes()
        assert found == Content(len(content), hashlib.md5(content).hexdigest(), hashlib.sha256(content).hexdigest())
        assert sorted(entry.name for entry in path.parent.iterdir()) == [".images.tar.busy", "images.tar"]
        return content

    return run


@pytest.fixture
def refused(path, waits):
    """Download in vain; return the message. Nothing has the final name."""

    def run(address: str, expected: Content = PUBLISHED, **options) -> str:
        with pytest.raises(FreqbenchError) as caught:
            download(address, path, expected, **options)
        assert not path.exists()
        message = str(caught.value)
        assert len(message.splitlines()) == 1
        assert message.startswith("images.tar: could not be downloaded from http://127.0.0.1")
        return message

    return run


def part_of(path) -> bytes:
    part = path.with_name("images.tar.part")
    return part.read_bytes() if part.exists() else b""


@pytest.mark.parametrize("expected", [PUBLISHED, SIZE_ONLY, UNKNOWN])
def test_a_good_server(server, answer, get, waits, expected):
    steps = []
    assert get(server.answers(answer.whole(BYTES)), expected, advance=lambda *step: steps.append(step)) == BYTES
    assert steps[-1] == (len(BYTES), len(BYTES))
    assert steps == sorted(steps)
    assert (len(server.seen), waits) == (1, [])


@pytest.mark.parametrize("expected", [PUBLISHED, SIZE_ONLY, UNKNOWN])
def test_a_cut_connection_is_continued(server, answer, get, waits, expected):
    address = server.answers(answer.whole(BYTES, upto=HALF), answer.whole(BYTES))
    assert get(address, expected) == BYTES
    begin = int(server.ranges[1].removeprefix("bytes=").removesuffix("-"))
    assert HALF - download_module.CHUNK <= begin <= HALF, "no more than a chunk is lost"
    assert server.seen[1]["if-range"] == '"one"'
    assert waits == [1.0]


def test_many_cuts_are_survived_as_long_as_something_new_comes(server, answer, get, monkeypatch, waits):
    monkeypatch.setattr(download_module, "HEADWAY", 10_000)
    monkeypatch.setattr(download_module, "CHUNK", 1_000)
    cuts = [answer.whole(BYTES, upto=end) for end in range(20_000, len(BYTES), 20_000)]
    assert get(server.answers(*cuts, answer.whole(BYTES))) == BYTES
    assert len(cuts) > download_module.ATTEMPTS
    assert set(waits) == {1.0}


def test_cuts_at_the_same_place_end_with_an_error_and_the_part_is_kept(server, answer, refused, get, path, waits):
    message = refused(server.answers(answer.whole(BYTES, upto=HALF)))
    assert f"of {len(BYTES)} bytes" in message or "IncompleteRead" in message
    kept = part_of(path)
    assert kept == BYTES[: len(kept)] != b""
    assert f"run again: {len(kept)} bytes are kept" in message
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert get(server.answers(answer.whole(BYTES))) == BYTES
    assert server.ranges == [f"bytes={len(kept)}-"]


def test_a_server_without_ranges_begins_anew(server, answer, get):
    cut, full = answer.whole(BYTES, upto=HALF), answer.plain(200, BYTES)
    assert get(server.answers(cut, full)) == BYTES
    assert server.ranges[1] is not None


def test_a_content_that_changes_between_two_requests(server, answer, get):
    address = server.answers(answer.whole(OTHER, '"old"', upto=HALF), answer.whole(BYTES, '"new"'))
    assert get(address, UNKNOWN) == BYTES
    assert server.seen[1]["if-range"] == '"old"'


def test_a_changed_content_from_a_server_that_ignores_if_range(server, answer, get):
    def blind(handler):
        start = int(handler.headers["Range"][6:-1])
        answer.plain(206, BYTES[start:], ETag='"new"', Content_Range=f"bytes {start}-{len(BYTES) - 1}/{len(BYTES)}")(
            handler
        )

    address = server.answers(answer.whole(OTHER, '"old"', upto=HALF), blind, answer.whole(BYTES, '"new"'))
    assert get(address, UNKNOWN) == BYTES
    assert server.ranges[2] is None


@pytest.mark.parametrize("sent", ["bytes 7-299999/300000", "bytes 100-299999/999999", "nonsense", None])
def test_another_range_than_was_asked_for(server, answer, get, sent):
    headers = {"ETag": '"one"'} | ({"Content_Range": sent} if sent else {})
    wrong = answer.plain(206, BYTES[7:], **headers)
    assert get(server.answers(answer.whole(BYTES, upto=HALF), wrong, answer.whole(BYTES))) == BYTES
    assert server.ranges[2] is None


def test_a_range_of_a_file_of_another_size(server, answer, get):
    def longer(handler):
        start = int(handler.headers["Range"][6:-1])
        answer.plain(206, BYTES[start:], Content_Range=f"bytes {start}-{len(BYTES) - 1}/{len(BYTES) + 1}")(handler)

    address = server.answers(answer.whole(BYTES, None, upto=HALF), longer, answer.whole(BYTES, None))
    assert get(address) == BYTES
    assert server.ranges[2] is None


def test_a_range_beyond_the_end(server, answer, get):
    address = server.answers(answer.whole(BYTES, upto=HALF), answer.plain(416), answer.whole(BYTES))
    assert get(address) == BYTES
    assert server.ranges[2] is None


def test_without_validator_and_hash_nothing_is_continued(server, answer, get):
    address = server.answers(answer.whole(BYTES, None, upto=HALF), answer.whole(BYTES, None))
    assert get(address, SIZE_ONLY) == BYTES
    assert server.ranges == [None, None]


def test_without_validator_the_hash_finds_joined_contents(server, answer, get):
    address = server.answers(answer.whole(OTHER, None, upto=HALF), answer.whole(BYTES, None))
    assert get(address) == BYTES
    assert server.ranges[1] is not None
    assert server.ranges[2] is None


def test_a_weak_etag_is_no_validator(server, answer, get):
    address = server.answers(answer.whole(BYTES, 'W/"one"', upto=HALF), answer.whole(BYTES, 'W/"one"'))
    assert get(address, SIZE_ONLY) == BYTES
    assert server.ranges == [None, None]


def test_wrong_content_of_the_right_size(server, answer, refused, path):
    message = refused(server.answers(answer.whole(OTHER)))
    assert f"its sha256 is {hashlib.sha256(OTHER).hexdigest()}, but the published record says" in message
    assert part_of(path) == b""
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [b"<html>please sign in</html>", BYTES[:HALF], BYTES + b"more"])
def test_a_wrong_size_is_noticed_before_anything_is_written(server, answer, refused, path, body):
    message = refused(server.answers(answer.plain(200, body)))
    assert f"its size is {len(body)}, but the published record says {len(BYTES)}" in message
    assert part_of(path) == b""


def chunked(body: bytes):
    def send(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.head(200, Transfer_Encoding="chunked")
        handler.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        handler.close_connection = True

    return send


def test_an_untold_length_with_the_right_prefix(server, refused, path):
    assert "goes on beyond the expected 300000 bytes" in refused(server.answers(chunked(BYTES + b"more")))
    assert part_of(path) == b""


def test_an_untold_length_that_ends_early(server, answer, get):
    assert get(server.answers(chunked(BYTES[:HALF]), answer.plain(200, BYTES))) == BYTES


def test_a_chunked_answer(server, get):
    assert get(server.answers(chunked(BYTES)), UNKNOWN) == BYTES


def test_an_end_that_cannot_be_told_from_a_cut(server, refused):
    def until_close(handler):
        handler.head(200)
        handler.wfile.write(BYTES[:HALF])

    assert "does not say how long it is" in refused(server.answers(until_close), UNKNOWN)


def test_an_encoded_answer(server, answer, refused):
    encoded = answer.plain(200, BYTES, Content_Encoding="gzip")
    assert "re-encoded (gzip)" in refused(server.answers(encoded))
    assert server.seen[0]["accept-encoding"] == "identity"


@pytest.mark.parametrize("expected", [PUBLISHED, UNKNOWN])
@pytest.mark.parametrize(("status", "length"), [(202, {}), (200, {"Content_Length": 0})])
def test_no_bytes(server, answer, refused, path, expected, status, length):
    message = refused(server.answers(answer.plain(status, b"", **length)), expected)
    assert f"answered {status}" in message
    assert "with 0 bytes; 6 attempts" in message


def test_not_ready_then_ready(server, answer, get):
    assert get(server.answers(answer.plain(202), answer.whole(BYTES))) == BYTES


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_repeated(server, answer, refused, waits, status):
    message = refused(server.answers(answer.plain(status)))
    assert f"the server answered {status}" in message
    assert "another attempt will not change" in message
    assert (len(server.seen), waits) == (1, [])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure(server, answer, get, waits, status):
    failure = answer.plain(status, b"busy")
    assert get(server.answers(failure, failure, answer.whole(BYTES))) == BYTES
    assert waits == [1.0, 2.0]


def test_a_lasting_failure(server, answer, refused, waits):
    assert "500 Internal Server Error; 6 attempts" in refused(server.answers(answer.plain(500)))
    assert len(waits) == 5


@pytest.mark.parametrize(("asked", "waited"), [("30", 30.0), ("100000", 120.0), ("tomorrow", 1.0)])
def test_the_server_may_ask_for_more_time(server, answer, get, waits, asked, waited):
    assert get(server.answers(answer.plain(503, Retry_After=asked), answer.whole(BYTES))) == BYTES
    assert waits == [waited]


def test_a_slow_server(server, answer, get):
    def drip(handler):
        handler.head(200, Content_Length=len(BYTES))
        for begin in range(0, len(BYTES), 50_000):
            server.over.wait(0.02)
            handler.wfile.write(BYTES[begin : begin + 50_000])

    assert get(server.answers(drip)) == BYTES
    assert len(server.seen) == 1


def test_a_server_that_falls_silent(server, answer, get):
    silent = answer.whole(BYTES, upto=HALF, then=lambda _: server.over.wait(5))
    assert get(server.answers(silent, answer.whole(BYTES)), timeout=0.2) == BYTES
    assert server.ranges[1] is not None


def test_no_server(refused, waits):
    assert "ConnectionError" in refused("http://127.0.0.1:9/file")
    assert len(waits) == 5


def test_a_part_of_another_address_or_content_is_not_continued(server, answer, refused, get, path):
    for other in ({"address": f"{server.address}?other"}, {"expected": replace(PUBLISHED, md5="0" * 32)}, {"lost": 1}):
        refused(server.answers(answer.whole(BYTES, upto=HALF)))
        assert part_of(path)
        record = path.with_name("images.tar.part.json")
        if "lost" in other:
            record.unlink()
        if "expected" in other:
            state = json.loads(record.read_text())
            state["of"]["md5"] = other["expected"].md5
            record.write_text(json.dumps(state))
        server.answers(answer.whole(BYTES))
        assert get(other.get("address", server.address)) == BYTES
        assert server.ranges == [None]
        path.unlink()


@pytest.mark.parametrize(("part", "requests"), [(BYTES, 0), (OTHER, 1), (BYTES + b"more", 1)])
def test_a_complete_part_is_checked_without_a_request(server, answer, refused, get, path, part, requests):
    refused(server.answers(answer.whole(BYTES, upto=HALF)))
    path.with_name("images.tar.part").write_bytes(part)
    assert get(server.answers(answer.whole(BYTES))) == BYTES
    assert len(server.seen) == requests


def test_a_file_that_is_there(server, answer, get, path):
    assert get(server.answers(answer.whole(BYTES))) == BYTES
    assert get(server.answers(answer.plain(500))) == BYTES
    assert server.seen == []
    path.write_bytes(OTHER)
    assert get(server.answers(answer.whole(BYTES))) == BYTES


@pytest.mark.parametrize("expected", [PUBLISHED, UNKNOWN])
def test_room_is_asked_for_before_anything_is_written(server, answer, path, waits, expected):
    def full(size):
        assert size == len(BYTES)
        raise FreqbenchError("full")

    with pytest.raises(FreqbenchError, match=r"^full$"):
        download(server.answers(answer.whole(BYTES)), path, expected, make_room=full)
    assert len(server.seen) == (0 if expected.size else 1)
    assert [entry.name for entry in path.parent.iterdir()] == [".images.tar.busy"]
