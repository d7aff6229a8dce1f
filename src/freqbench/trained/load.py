"""Load a trained generator from whatever a user names: a training, a study, or a file."""

from pathlib import Path

from freqbench.errors import FreqbenchError
from freqbench.files import sha256_of
from freqbench.trained.find_run import GENERATOR, Choice, find_run
from freqbench.trained.model import TrainedModel, checked_facts, checked_settings, checked_state
from freqbench.trained.package_file import read_package
from freqbench.trained.run_facts import facts_of_run
from freqbench.trained.safetensors_file import read_safetensors
from freqbench.trained.weights_file import read_generator

SUFFIXES = (".pt", ".safetensors", ".zip")


def load_model(path: Path, choice: Choice | None = None) -> TrainedModel:
    """Load a trained generator. Nothing that a file holds is executed.

    Args:
        path: folder of a training or of a study, a ``generator.pt``, a ``.safetensors`` or a BioImage Model Zoo
            ``.zip`` that freqbench wrote.
        choice: which training of a study.

    Raises:
        FreqbenchError: naming the file, if there is none, it is damaged, or holds anything else.
    """
    choice = choice or Choice()
    if path.is_dir():
        path = find_run(path, choice) / GENERATOR
    elif choice:
        raise FreqbenchError(f"{path}: is no study; --dataset, --method, --split and --seed choose a training of one")
    if not path.is_file():
        raise FreqbenchError(f"{path}: no such file or folder; give a training, a study, or a file of a generator")
    if path.suffix.lower() not in SUFFIXES:
        raise FreqbenchError(f"{path}: a generator is a file of {', '.join(SUFFIXES)}, or the folder of a training")
    try:
        return _loaded(path)
    except FreqbenchError as error:
        raise FreqbenchError(f"{path}: {error}") from error
    except OSError as error:
        raise FreqbenchError(f"{path}: cannot be read ({error.strerror or error})") from error


def _loaded(path: Path) -> TrainedModel:
    if path.stat().st_size == 0:
        raise FreqbenchError("is empty")
    folder, facts = None, None
    if path.suffix.lower() == ".pt":
        content = read_generator(path)
        said, state = content["settings"], content["state"]
        if path.name == GENERATOR:
            folder, facts = path.parent, facts_of_run(path.parent)
    else:
        read = read_safetensors if path.suffix.lower() == ".safetensors" else read_package
        description, state = read(path)
        said, facts = description.get("generator"), checked_facts(description.get("training"))
    if not isinstance(state, dict):
        raise FreqbenchError("holds no weights of a network")
    settings = checked_settings(said, state)
    return TrainedModel(settings, checked_state(settings, state), facts, path, sha256_of(path), folder)
