"""Settings of all tests."""

from hypothesis import settings

# a busy machine is not a failing test; pytest's own timeout ends what hangs
settings.register_profile("freqbench", deadline=None)
settings.load_profile("freqbench")
