"""Too few rows, one label nearly everywhere, and test rows from elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.faults.rows import Rows
from triage_bench.datasets.ktas_sim import KtasSim

REST = "그 밖"
TEST_SHARE = 0.25


def cut(rows: Rows, kept: float, random: np.random.Generator) -> Rows:
    """Keep this many rows."""
    return rows.take(random.permutation(len(rows))[: int(kept)])


def lopsided(rows: Rows, majority: float, random: np.random.Generator) -> Rows:
    """Make one label this common.

    With two labels the other one is thinned out; with more, the second most common one is set against all others,
    as screening questions are asked. The file is half as long as the rows drawn.
    """
    counts = Counter(rows.labels)
    rare = counts.most_common()[1][0]
    labels = rows.labels if len(counts) == 2 else tuple(rare if one == rare else REST for one in rows.labels)
    found = replace(rows, labels=labels)
    at = np.array([label == rare for label in labels])
    wanted = len(rows) // 2
    few = random.permutation(np.flatnonzero(at))[: round((1 - majority) * wanted)]
    many = random.permutation(np.flatnonzero(~at))[: wanted - len(few)]
    return found.take(random.permutation(np.concatenate((few, many))))


def split(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Put this share of the rows, drawn at random, into a test file: no fault."""
    return replace(rows, test=tuple((random.random(len(rows)) < share).tolist()))


def short_test(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Put the shortest texts into the test file, as many as a quarter; the rest of it is drawn at random.

    `share` is how much of the test file is short on purpose.
    """
    wanted = round(TEST_SHARE * len(rows))
    shortest = np.argsort([len(text) for text in rows.texts], kind="stable")[: round(share * wanted)]
    others = random.permutation(np.setdiff1d(np.arange(len(rows)), shortest))[: wanted - len(shortest)]
    return _with_test(rows, np.concatenate((shortest, others)))


def _some_of_test(rows: Rows, share: float, random: np.random.Generator) -> tuple[Rows, NDArray[np.bool_]]:
    """Return the rows with a test side drawn at random, and which rows of it, this share, are to be changed."""
    found = split(rows, TEST_SHARE, random)
    return found, np.array(found.test) & (random.random(len(rows)) < share)


def spoken_test(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Let this share of the test texts be written as in a chat: few spaces, other endings."""
    rows, chosen = _some_of_test(rows, share, random)
    endings = ("ㅠㅠ", "ㅋㅋ", "여", "염", "ㅜㅜ;;")

    def chatted(text: str) -> str:
        return text.replace(" ", "").rstrip(".다요") + endings[int(random.integers(len(endings)))]

    return rows.reworded(chatted, chosen)


def foreign_test(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Replace this share of the test texts by texts about other things (ktas-sim's); their labels stay."""
    rows, chosen = _some_of_test(rows, share, random)
    others = iter(KtasSim(rows=int(chosen.sum()) or 1, seed=int(random.integers(2**31))).draw().texts)
    return rows.reworded(lambda text: next(others, text), chosen)


def damaged_test(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Let this share of the test texts be UTF-8 read as Latin-1; the training texts are sound."""
    rows, chosen = _some_of_test(rows, share, random)
    return rows.reworded(lambda text: text.encode("utf-8").decode("latin-1"), chosen)


def _with_test(rows: Rows, places: NDArray[np.int64]) -> Rows:
    chosen = set(places.tolist())
    return replace(rows, test=tuple(place in chosen for place in range(len(rows))))


def sources_at_random(rows: Rows, sources: float, random: np.random.Generator) -> Rows:
    """Name one of so many writers for every row, drawn without regard to text and label: no fault."""
    return replace(rows, sources=tuple(f"writer {one + 1}" for one in random.integers(int(sources), size=len(rows))))


def group_of_each(rows: Rows, strength: float, random: np.random.Generator) -> Rows:
    """Give every row a group of its own: no fault."""
    return replace(rows, groups=tuple(f"s{place}" for place in range(len(rows))))


def few_copies(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Repeat this small share of the rows word for word, as real collections do: too few to matter."""
    again = random.permutation(len(rows))[: round(share * len(rows))]
    kept = random.permutation(len(rows))[: len(rows) - len(again)]
    return rows.take(random.permutation(np.concatenate((kept, kept[: len(again)]))))


def as_it_is(rows: Rows, strength: float, random: np.random.Generator) -> Rows:
    """Change nothing."""
    return rows
