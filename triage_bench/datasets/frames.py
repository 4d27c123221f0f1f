"""How few patterns the texts come from: the same openings and endings around a changing middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

FRAMES = 12
"""Openings (and endings) that are counted, the commonest ones."""

CHARACTERS = 4
"""Length of an opening and of an ending: long enough to be a phrase, short enough to end before the slot."""


def frame_facts(texts: Sequence[str]) -> dict[str, float]:
    """Return the shares of the distinct texts that the commonest openings and endings hold.

    Parameters
    ----------
    texts
        Copies count once: repetition is another fault.

    Returns
    -------
    dict
        ``opening_share``, ``ending_share``, ``frame_share`` (the lower of the two: a frame has
        both), and ``openings_for_half``: how many openings make up half of the texts.
    """
    distinct = list(dict.fromkeys(" ".join(text.split()) for text in texts))
    if not distinct:
        return {}
    openings = _common(text[:CHARACTERS] for text in distinct)
    endings = _common(text.rstrip(".!?~ ")[-CHARACTERS:] for text in distinct)
    opening, ending = (sum(counts[:FRAMES]) / len(distinct) for counts in (openings, endings))
    reached, needed = 0, 0
    while 2 * reached < len(distinct):
        reached, needed = reached + openings[needed], needed + 1
    return {
        "opening_share": opening,
        "ending_share": ending,
        "frame_share": min(opening, ending),
        "openings_for_half": float(needed),
    }


def _common(parts: Iterable[str]) -> list[int]:
    return sorted(Counter(parts).values(), reverse=True)
