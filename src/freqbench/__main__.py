"""`python -m freqbench` is `freqbench`."""

from freqbench.cli import main

main()
