"""``python -m freqbench``: the command line without an installation."""

from freqbench.cli import main

if __name__ == "__main__":
    main()
