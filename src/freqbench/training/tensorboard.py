"""Records of a training for TensorBoard, where that is installed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from freqbench.errors import FreqbenchError

Show = Callable[[dict[str, float]], None]


@contextmanager
def tensorboard_log(folder: Path | None, iteration: int, show: Show) -> Iterator[Show]:
    """Yield what shows a record, and writes its values as scalars by iteration; the training's own log stays the truth.

    Args:
        folder: where the event files lie; None: nothing is written.
        iteration: the training begins or goes on after it; what was written for later ones is taken back.
        show: shows a record.

    Raises:
        FreqbenchError: if TensorBoard is wanted and not installed.
    """
    if folder is None:
        yield show
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise FreqbenchError(
            "training.tensorboard: the package `tensorboard` is not installed; install `freqbench[tensorboard]`, "
            "or set it to false"
        ) from error
    writer = SummaryWriter(str(folder), purge_step=iteration + 1)

    def write(record: dict[str, float]) -> None:
        show(record)
        for name, value in record.items():
            if name != "iteration":
                writer.add_scalar(name, value, int(record["iteration"]))
        writer.flush()

    try:
        yield write
    finally:
        writer.close()
