"""Settings of all tests."""

import signal

from hypothesis import settings

# a shell lets its jobs in the background ignore Ctrl-C, and what they start: tests that send it need it heeded
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# a busy machine is not a failing test; pytest's own timeout ends what hangs
settings.register_profile("freqbench", deadline=None)
settings.load_profile("freqbench")
