"""What a report shows of a data set's rows: the few that explain something, kept beside the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Version of the stored form. 1: first.
EXHIBIT_SCHEMA = 1


@dataclass(frozen=True)
class Neighbour:
    """A training row that says nearly the same.

    Attributes
    ----------
    place
        Where it stands in the user's file.
    label
        Its label's code.
    cosine
        How near its text is.
    text
        The text, or an empty string where it may not be shown.
    """

    place: int
    label: int
    cosine: float
    text: str


@dataclass(frozen=True)
class ShownRow:
    """A row with its nearest training rows.

    Attributes
    ----------
    row, place
        Its number in the data set, and where it stands in the user's file.
    given
        Its label's code.
    text
        The text, or an empty string. Identifiers in it are masked character by character.
    neighbours
        Nearest first.
    """

    row: int
    place: int
    given: int
    text: str
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class Point:
    """A row on the map.

    Attributes
    ----------
    row
        Its number in the data set.
    x, y
        Coordinates from 0 to 1000.
    text
        The text, or an empty string.
    axes
        Where it lies along the first principal axes of the texts.
    """

    row: int
    x: int
    y: int
    text: str = ""
    axes: tuple[float, ...] = ()


@dataclass(frozen=True)
class Doubt:
    """A row whose label to look at again.

    Attributes
    ----------
    place
        Where it stands in the user's file.
    text
        The text, or an empty string.
    given, suggested
        Labels by name.
    probability_given, probability_suggested
        What a model trained without this row gives the two labels.
    wrong
        Chance that the given label is wrong.
    worth
        Expected gain of macro-F1.
    """

    place: int
    text: str
    given: str
    suggested: str
    probability_given: float
    probability_suggested: float
    wrong: float
    worth: float


@dataclass(frozen=True)
class Exhibit:
    """The rows of one data set that its report shows.

    Attributes
    ----------
    dataset
        Its name.
    texts
        Whether texts are shown.
    shown
        Rows with their neighbours.
    points
        A map of the texts: what lies near says the same. Empty where it would not help.
    agreement, chance
        How often the nearest point on the map carries the same label, and how often any other point would.
    doubts, doubted
        The first rows of the worklist, and how long it is.
    human
        People's answers against the given labels, given in rows, where the data holds them.
    """

    dataset: str
    texts: bool
    shown: tuple[ShownRow, ...] = ()
    points: tuple[Point, ...] = ()
    agreement: float | None = None
    chance: float | None = None
    human: tuple[tuple[int, ...], ...] = ()
    doubts: tuple[Doubt, ...] = ()
    doubted: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "schema": EXHIBIT_SCHEMA,
            "dataset": self.dataset,
            "texts": self.texts,
            "shown": [{**vars(one), "neighbours": [dict(vars(near)) for near in one.neighbours]} for one in self.shown],
            "points": [[one.row, one.x, one.y, one.text, list(one.axes)] for one in self.points],
            "agreement": self.agreement,
            "chance": self.chance,
            "human": [list(row) for row in self.human],
            "doubts": [dict(vars(one)) for one in self.doubts],
            "doubted": self.doubted,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Exhibit:
        """Read back what `to_dict` wrote."""
        return cls(
            dataset=data["dataset"],
            texts=data["texts"],
            shown=tuple(
                ShownRow(**{**one, "neighbours": tuple(Neighbour(**near) for near in one["neighbours"])})
                for one in data["shown"]
            ),
            points=tuple(Point(*one[:4], *map(tuple, one[4:])) for one in data["points"]),
            agreement=data["agreement"],
            chance=data["chance"],
            human=tuple(tuple(row) for row in data["human"]),
            doubts=tuple(Doubt(**one) for one in data["doubts"]),
            doubted=data["doubted"],
        )
