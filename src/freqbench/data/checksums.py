"""Files beside which somebody has left a list of checksums."""

from pathlib import Path

from freqbench.errors import FreqbenchError


def check_against_sums(root: Path, files: dict[str, str]) -> None:
    """Compare with the nearest ``SHA256SUMS`` in the folder or above it, where there is one, as in a mirror.

    Args:
        root: folder of the files.
        files: SHA-256 by path relative to it. A file without a line is not checked.

    Raises:
        FreqbenchError: naming the first file that differs, or the list if it cannot be read.
    """
    for folder in (root, *root.parents):
        sums = folder / "SHA256SUMS"
        if not sums.is_file():
            continue
        try:
            lines = [line.split(maxsplit=1) for line in sums.read_text(encoding="utf-8").splitlines() if line.strip()]
            known = {name.strip().lstrip("*").removeprefix("./"): digest for digest, name in lines}
        except (OSError, ValueError) as error:
            raise FreqbenchError(f"{sums}: not a list of checksums as sha256sum writes it ({error})") from error
        prefix = root.relative_to(folder).as_posix()
        for name, digest in files.items():
            expected = known.get(f"{prefix}/{name}" if prefix != "." else name)
            if expected is not None and expected != digest:
                raise FreqbenchError(f"{root / name}: differs from its line in {sums}; fetch the file again")
        return
