"""The command line: every step of a study is one command, files in and files out."""

from freqbench.cli.app import main

__all__ = ["main"]
