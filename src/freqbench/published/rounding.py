"""What a printed number says of the number behind it: an interval of half a unit of its last digit to each side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"[+-]?\d+(?:\.(?P<decimals>\d+))?")
SLACK = 1e-9
"""In half units: binary fractions must not decide about decimal ties."""


@dataclass(frozen=True)
class Interval:
    """A closed interval: a tie may have been rounded to either side.

    Attributes:
        low: lower end.
        high: upper end.
    """

    low: float
    high: float

    def meets(self, other: "Interval", slack: float = 0.0) -> bool:
        """Return whether the two have a number in common, ends counted, up to a gap of ``slack``."""
        return self.low <= other.high + slack and other.low <= self.high + slack


@dataclass(frozen=True)
class Printed:
    """A number as a paper prints it.

    Attributes:
        text: its digits, ``0.960`` and not ``0.96``.
        value: what they say.
        decimals: digits after the point.
    """

    text: str
    value: float
    decimals: int

    @classmethod
    def of(cls, text: str) -> "Printed":
        """Read printed digits.

        Raises:
            ValueError: if the text is no plain decimal number.
        """
        match = NUMBER.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no decimal number")
        return cls(text, float(text), len(match["decimals"] or ""))

    @property
    def half_unit(self) -> float:
        """Half a unit of the last digit."""
        return 0.5 * 10.0**-self.decimals

    @property
    def rounded(self) -> Interval:
        """What was rounded to these digits."""
        return Interval(self.value - self.half_unit, self.value + self.half_unit)

    @property
    def cut_off(self) -> Interval:
        """What was cut off after these digits; for a number that is not negative."""
        return Interval(self.value, self.value + 2 * self.half_unit)

    def allows(self, interval: Interval) -> bool:
        """Return whether a number of the interval can have been rounded to these digits."""
        return self.rounded.meets(interval, SLACK * self.half_unit)

    def is_rounding_of(self, value: float) -> bool:
        """Return whether a value is printed with these digits."""
        return self.allows(Interval(value, value))


def mean_of_rounded(values: Sequence[float], half_unit: float) -> Interval:
    """Return where the mean of the numbers lies that were rounded to ``values``.

    All rows may err to the same side, so the mean is as uncertain as a row.

    Args:
        values: rounded rows, at least one.
        half_unit: half a unit of their last digit.
    """
    mean = sum(values) / len(values)
    return Interval(mean - half_unit, mean + half_unit)
