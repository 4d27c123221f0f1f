"""How much of a text the model reads: which words it knows, how far into the text it looks, whether it sees Hangul."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from triage_bench.running.examination.subject import Rows, Seen, Subject, apart
from triage_bench.running.examination.window import fill

ASKED = 80
WORDS_ASKED = 60
"""Single words that are replaced, one at a time."""
REACHES = (1, 2, 3, 5, 8, 12, 20, 30, 50, 100)
FEWEST = 12
"""Rows that are needed to say that none of them is read further."""
STRANGE = "뷁쫣쀓꿻퓛뛟뀷쒫쮋"
"""Syllables that Korean does not use: a word of them is in no vocabulary of words."""
WINDOW = 100
"""Words a text is repeated to for the word probe, so that padding does not wash the difference out. It is asked as it
is as well: sums over so many words may saturate."""
_HANGUL = re.compile(r"[가-힣ㄱ-ㅎㅏ-ㅣ]")
_WORD = re.compile(r"[가-힣]+")


def words(subject: Subject) -> Seen:
    """Replace words by strange ones: whole texts (is anything left to tell them by?), and one word at a time."""
    seen = Seen()
    for side in ("train", "test"):
        rows = subject.some(side, ASKED)
        strange = subject.probabilities([_estranged(text) for text in rows.texts])
        near = tolerance(subject, rows)
        blind = apart(subject.probabilities(rows.texts), strange) <= near
        places = _places(rows, subject.draw(f"{side} words"))
        own = [rows.texts[row] for row, _ in places]
        changed = [_without(rows.texts[row], at) for row, at in places]
        ignored = _unmoved(subject, near, own, changed) & _unmoved(
            subject, near, [fill(text, WINDOW) for text in own], [fill(text, WINDOW) for text in changed]
        )
        seen |= Seen(
            {
                f"words.{side}_of": float(len(rows)),
                f"words.{side}_blind": float(blind.sum()),
                f"words.{side}_places": float(len(places)),
                f"words.{side}_ignored": float(ignored.sum()),
            }
        )
    return seen


def reach(subject: Subject) -> Seen:
    """Find the number of first (or last) words beyond which nothing changes the answer, if there is one."""
    rows = subject.some("test", 300)
    lengths = np.array([len(text.split()) for text in rows.texts])
    other = _other_words(subject)
    facts: dict[str, float | str] = {"reach.of": float(len(rows)), "reach.words": float(lengths.sum())}
    ends: dict[str, Callable[[Sequence[str], int], list[str]]] = {
        "first": lambda own, kept: [*own[:kept], *_as_many(other, len(own) - kept)],
        "last": lambda own, kept: [*_as_many(other, len(own) - kept), *own[len(own) - kept :]],
    }
    for end, change in ends.items():
        limit = _limit(subject, rows, lengths, change)
        facts[f"reach.{end}"] = float(limit or 0)
        facts[f"reach.{end}_lost"] = float(np.maximum(lengths - limit, 0).sum()) if limit else 0.0
        facts[f"reach.{end}_rows"] = float((lengths > limit).sum()) if limit else 0.0
    return Seen(facts)


def hangul(subject: Subject) -> Seen:
    """Replace every Hangul word by another one that training holds, and then everything else."""
    rows = subject.some("train", ASKED)
    rng = subject.draw("hangul")
    pool = [word for text in subject.some("train", 300).texts for word in _WORD.findall(text)]
    if not pool:
        return Seen({"hangul.of": 0.0})
    base, near = subject.probabilities(rows.texts), tolerance(subject, rows)
    swapped = [_WORD.sub(lambda found: pool[rng.integers(len(pool))], text) for text in rows.texts]
    bare = [" ".join(_HANGUL.sub("", text).split()) for text in rows.texts]
    others = subject.probabilities([text or "0" for text in bare])
    return Seen(
        {
            "hangul.of": float(len(rows)),
            "hangul.unmoved": float((apart(base, subject.probabilities(swapped)) <= near).sum()),
            "hangul.bare_same": float((apart(base, others) <= near).sum()),
            "hangul.bare_kinds": float(len(np.unique(np.round(others, 6), axis=0))),
            "hangul.bare_texts": float(len(set(bare))),
        }
    )


def tolerance(subject: Subject, rows: Rows) -> float:
    """Return the change of a probability that is arithmetic: what another order of the same texts does, thrice."""
    some = list(rows.texts[:24])
    back = subject.probabilities(some[::-1])[::-1]
    return float(min(1e-7 + 3 * apart(subject.probabilities(some), back).max(), 1e-3))


def _unmoved(subject: Subject, near: float, first: list[str], second: list[str]) -> NDArray[np.bool_]:
    return np.asarray(apart(subject.probabilities(first), subject.probabilities(second)) <= near)


def _limit(
    subject: Subject, rows: Rows, lengths: NDArray[np.int64], change: Callable[[Sequence[str], int], list[str]]
) -> int | None:
    """Return the smallest tried number of words beyond which no row changes; None where there is none."""
    longer = np.flatnonzero(lengths > REACHES[0])[:ASKED]
    if len(longer) < FEWEST:
        return None
    texts = rows.take(longer)
    base, near = subject.probabilities(texts.texts), tolerance(subject, texts)
    whole = subject.probabilities([" ".join(change(text.split(), 0)) for text in texts.texts])
    if (apart(base, whole) <= near).mean() > 0.5:  # it does not see these words wherever they stand
        return None
    for kept in REACHES:
        cut = np.flatnonzero(lengths > kept)[:ASKED]
        if len(cut) < FEWEST:
            return None
        own = rows.take(cut)
        base = subject.probabilities(own.texts)
        changed = subject.probabilities([" ".join(change(text.split(), kept)) for text in own.texts])
        if (apart(base, changed) <= near).all():
            return kept
    return None


def _other_words(subject: Subject) -> list[str]:
    """Return frequent words of the training rows, which a model is most likely to know."""
    found, counts = np.unique([w for t in subject.some("train", 500).texts for w in t.split()], return_counts=True)
    return [str(word) for word in found[np.argsort(-counts, kind="stable")[:20]]] or ["0"]


def _as_many(pool: Sequence[str], count: int) -> list[str]:
    return [pool[at % len(pool)] for at in range(max(count, 0))]


def _places(rows: Rows, rng: np.random.Generator) -> list[tuple[int, int]]:
    every = [(row, at) for row, text in enumerate(rows.texts) for at in range(len(text.split()))]
    return [every[at] for at in np.sort(rng.permutation(len(every))[:WORDS_ASKED])]


def _without(text: str, at: int) -> str:
    own = text.split()
    own[at] = _strange(at)
    return " ".join(own)


def _estranged(text: str) -> str:
    return " ".join(_strange(at) for at in range(max(len(text.split()), 1)))


def _strange(at: int) -> str:
    turn = at % len(STRANGE)
    return STRANGE[turn:] + STRANGE[:turn]
