"""What is known of a data set before it is read: one TOML file per origin in ``benchmarks/cards/``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from triage_bench.core.content import content_folder
from triage_bench.core.errors import DuplicateNameError, TriageBenchError, UnknownNameError
from triage_bench.core.sentence import Sentence

if TYPE_CHECKING:  # listing the cards must not cost numpy
    from triage_bench.core.dataset import Provenance, Role, Scale


@dataclass(frozen=True)
class CardFile:
    """One file of a public data set.

    Attributes
    ----------
    path
        Where it lies in the data home, with forward slashes.
    url
        Where it is downloaded from.
    sha256
        What its content must be.
    max_bytes
        A download that grows beyond this is broken off.
    """

    path: str
    url: str
    sha256: str
    max_bytes: int


@dataclass(frozen=True)
class Published:
    """A result that others have published.

    Attributes
    ----------
    model, metric, value
        Who reached what. `value` is a share, not a percentage.
    source
        Where it stands.
    """

    model: str
    metric: str
    value: float
    source: str


@dataclass(frozen=True)
class Card:
    """One data set that triage_bench knows by name.

    Attributes
    ----------
    name, title, summary
        The word a user types; what it is called; one line on what it is.
    origin, licence
        Where it comes from and under which terms.
    reader
        ``"package.module:function"``. It is called with the card and the files' paths by file
        name, or, where the card has no files, with nothing; `options` are added in both cases.
    role, scale, expected, human
        As in `Provenance` and `Dataset`.
    human_column
        The side column that holds a person's answer to the same question.
    numeric, categorical
        The columns that are known when the label is asked for: what ``--columns auto`` reads, in
        place of what it would find. Others may have come after the label, or from it.
    expected_split
        The split kind on which `expected` was measured.
    rows
        Rows in the data set, None where a generator decides.
    files
        What has to be in the data home; empty for a data set that is bundled or simulated.
    options
        What a variant of the same files changes.
    published
        Results to compare with.
    traps
        What a reader of a score on it has to know.
    """

    name: str
    title: str
    summary: Sentence
    origin: str
    licence: str
    reader: str
    role: Role = "reference"
    scale: Scale = "nominal"
    expected: tuple[float, float] | None = None
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    expected_split: str = ""
    human: float | None = None
    human_column: str | None = None
    rows: int | None = None
    files: tuple[CardFile, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    published: tuple[Published, ...] = ()
    traps: tuple[Sentence, ...] = ()

    @property
    def provenance(self) -> Provenance:
        """What a `Dataset` keeps of its card."""
        from triage_bench.core.dataset import Provenance

        return Provenance(
            title=self.title,
            origin=self.origin,
            licence=self.licence,
            role=self.role,
            expected=self.expected,
            human=self.human,
        )


def card(name: str) -> Card:
    """Return one card.

    Raises
    ------
    UnknownNameError
        If no data set has that name; names the nearest and lists the rest.
    """
    cards = read_cards()
    if name not in cards:
        raise UnknownNameError("data set", name, cards)
    return cards[name]


@cache
def read_cards() -> Mapping[str, Card]:
    """Return all cards by name, variants after their origin, files in alphabetical order.

    Raises
    ------
    DuplicateNameError
        If two cards share a name.
    TriageBenchError
        If a card lacks something or says something unknown.
    """
    cards: dict[str, Card] = {}
    for path in sorted(content_folder("cards").glob("*.toml")):
        for found in parse_cards(path.read_text(encoding="utf-8"), path.name):
            if found.name in cards:
                raise DuplicateNameError(f"{path.name}: a data set named {found.name!r} exists already.")
            cards[found.name] = found
    return MappingProxyType(cards)


def parse_cards(toml: str, file: str) -> tuple[Card, ...]:
    """Read a card and its ``[[variants]]``, which repeat only what they change."""
    try:
        data = tomllib.loads(toml)
        variants = data.pop("variants", [])
        return tuple(_card(stated) for stated in (data, *({**data, **variant} for variant in variants)))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise TriageBenchError(f"card {file!r} cannot be read: {error}. Expected the fields of `Card`.") from error


def _card(stated: Mapping[str, Any]) -> Card:
    unknown = set(stated) - {known.name for known in fields(Card)}
    if unknown:
        raise TypeError(f"unknown fields {sorted(unknown)!r}")
    expected = stated.get("expected")
    return Card(
        **{
            **stated,
            "summary": Sentence.from_dict(stated["summary"]),
            "expected": None if expected is None else (float(expected[0]), float(expected[1])),
            "numeric": tuple(stated.get("numeric", ())),
            "categorical": tuple(stated.get("categorical", ())),
            "files": tuple(CardFile(**given) for given in stated.get("files", ())),
            "published": tuple(Published(**given) for given in stated.get("published", ())),
            "traps": tuple(Sentence.from_dict(given) for given in stated.get("traps", ())),
            "options": MappingProxyType(dict(stated.get("options", {}))),
        }
    )
