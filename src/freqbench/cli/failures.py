"""What a person reads when a command fails: one line, and a traceback only if it was asked for."""

import sys
import traceback

from freqbench.cli.exit_codes import ExitCode
from freqbench.cli.progress import say
from freqbench.errors import FreqbenchError

DEBUG_VARIABLE = "FREQBENCH_DEBUG"

LESS_MEMORY = (
    "set `training.recompute: true`, or make `training.batch_size`, `training.crop` or `evaluation.batch_size` "
    "smaller, or end what else uses the memory"
)


def report(error: Exception, *, debug: bool) -> ExitCode:
    """Print what went wrong to standard error.

    Args:
        error: what a command raised.
        debug: whether the traceback is printed, too.

    Returns:
        The exit status that fits.
    """
    if debug:
        traceback.print_exception(error)
    if isinstance(error, FreqbenchError):
        say(f"error: {error}")
        return ExitCode.USER_ERROR
    kind, words = type(error).__name__, " ".join(str(error).split())
    told = f"{kind}: {words}" if words else kind
    if is_out_of_memory(error):
        say(f"error: out of memory ({told}); {LESS_MEMORY}")
        return ExitCode.OUT_OF_MEMORY
    say(
        f"error: unexpected {told}; `freqbench --debug COMMAND ...` (or {DEBUG_VARIABLE}=1) shows where; if the cause "
        "is not yours, please report it with that output"
    )
    return ExitCode.UNEXPECTED


def is_out_of_memory(error: Exception) -> bool:
    """Return whether Python, NumPy or torch, on the processor or a GPU, found no memory."""
    torch = sys.modules.get("torch")
    if isinstance(error, MemoryError) or (torch is not None and isinstance(error, torch.OutOfMemoryError)):
        return True
    # torch's allocator for the processor has no class of its own
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
