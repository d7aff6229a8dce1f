"""Names of methods in a study with several generators: the method, a mark, the generator."""

GENERATOR_MARK = "@"
"""Between the name of a method and that of its generator; in no other name."""


def base_name(method: str) -> str:
    """Return the name of a method without that of its generator, as in ``ffl`` of ``ffl@care``."""
    return method.partition(GENERATOR_MARK)[0]


def generator_part(method: str) -> str:
    """Return the name of the generator in that of a method; empty in a study with one generator."""
    return method.partition(GENERATOR_MARK)[2]


def with_generator(base: str, generator: str) -> str:
    """Return the name of a method with a generator; without one the name itself."""
    return f"{base}{GENERATOR_MARK}{generator}" if generator else base


def beside(base: str, method: str) -> str:
    """Return the name of a method with the generator of another one: what that one is compared with."""
    return with_generator(base, generator_part(method))
