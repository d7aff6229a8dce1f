"""Whatever a server does in whatever order, a published file ends right or absent."""

import hashlib

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freqbench.data.fetching import download as download_module
from freqbench.data.fetching.content import Content
from freqbench.data.fetching.download import download
from freqbench.errors import FreqbenchError

BYTES = np.random.default_rng(0).bytes(5_000)
OTHER = np.random.default_rng(1).bytes(5_000)
PUBLISHED = Content(len(BYTES), hashlib.md5(BYTES).hexdigest())

etags = st.sampled_from(['"one"', '"two"', 'W/"weak"', None])
cuts = st.integers(0, len(BYTES))
steps = st.one_of(
    st.tuples(st.just("whole"), st.sampled_from([BYTES, OTHER]), etags, cuts),
    st.tuples(st.just("plain"), st.sampled_from([200, 202, 206, 416, 500, 503]), st.sampled_from([BYTES, OTHER, b""])),
)


@given(script=st.lists(steps, min_size=1, max_size=8), calls=st.integers(1, 3))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_right_or_absent(server, answer, waits, monkeypatch, tmp_path_factory, script, calls):
    monkeypatch.setattr(download_module, "CHUNK", 512)
    path = tmp_path_factory.mktemp("download") / "images.tar"
    server.answers(
        *(
            answer.whole(step[1], step[2], upto=step[3]) if step[0] == "whole" else answer.plain(step[1], step[2])
            for step in script
        )
    )
    for _ in range(calls):
        try:
            download(server.address, path, PUBLISHED)
        except FreqbenchError as error:
            assert not path.exists()
            assert len(str(error).splitlines()) == 1
        else:
            assert path.read_bytes() == BYTES
    server.answers(answer.whole(BYTES))
    download(server.address, path, PUBLISHED)
    assert path.read_bytes() == BYTES
