"""How a command ends: every exit status in one place."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit statuses of `freqbench`; those above 63 are BSD's (sysexits.h) and the shell's."""

    DONE = 0
    CHECK_FAILED = 1
    USER_ERROR = 2
    UNEXPECTED = 70
    OUT_OF_MEMORY = 71
    STOPPED = 75
    CTRL_C = 130

    @property
    def meaning(self) -> str:
        """What happened, and what to do."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.CHECK_FAILED: "`check-loss` found a broken promise; or the reader of the output closed it, as `head` does",
    ExitCode.USER_ERROR: "something given is wrong: an option, the configuration, a file, the machine; the one line on "
    "standard error says what to do",
    ExitCode.UNEXPECTED: "an error that freqbench did not expect, most likely its own; `freqbench --debug` shows where",
    ExitCode.OUT_OF_MEMORY: "the memory of the machine or of the GPU is not enough; the line says what takes less",
    ExitCode.STOPPED: "told to stop (SIGTERM, SIGINT) or out of time; what is done is saved, the same command goes on",
    ExitCode.CTRL_C: "interrupted with Ctrl-C; files are whole or absent, so the same command can run again",
}
