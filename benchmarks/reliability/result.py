"""What a campaign says of one fault: how often it was tried, how often it was survived."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One row of the table of faults.

    Attributes
    ----------
    fault
        What was done to the program, in the words of the table.
    tried, survived
        How many cases there were, and in how many all that must hold did hold.
    note
        What else was measured, or why it is less than all.
    """

    fault: str
    tried: int
    survived: int
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.survived <= self.tried:
            raise ValueError(f"{self.fault!r}: {self.survived!r} of {self.tried!r} cannot have survived")
