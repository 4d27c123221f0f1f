"""Nothing of a row's text, and nothing that names a person, in what a record says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from triage_bench.core.dataset import Dataset
from triage_bench.core.identifiers import redacted
from triage_bench.core.record import RunRecord

SHORTEST, SHORTEST_ASCII = 5, 12
"""Characters in a row from which a passage counts as quoted from a text; more without any Hangul: library
names and English words stand in texts as well."""

HIDDEN = "[row text]"


def discreet(record: RunRecord, dataset: Dataset) -> RunRecord:
    """Return the record with reasons and facts that quote no text of a private data set and name nobody.

    Libraries quote what they stumble over: ``could not convert string to float: '가슴이 답답해요'``.
    """
    said = {name: fact for name, fact in record.facts.items() if isinstance(fact, str) and len(fact) >= SHORTEST}
    if record.reason is None and not said and not any(trial.reason for trial in record.trials):
        return record
    texts = unquotable(dataset)
    trials = tuple(
        replace(trial, reason=without_texts(trial.reason, texts)) if trial.reason else trial for trial in record.trials
    )
    reason = None if record.reason is None else without_texts(record.reason, texts)
    facts = {**record.facts, **{name: without_texts(fact, texts) for name, fact in said.items()}}
    return replace(record, reason=reason, trials=trials, facts=facts)


def unquotable(dataset: Dataset) -> Sequence[str]:
    """Return what no record may quote: the texts of a private data set."""
    return dataset.texts if dataset.provenance.private else ()


def without_texts(said: str, texts: Sequence[str]) -> str:
    """Return a line in which passages of the texts, identifiers and home folders are replaced.

    Parameters
    ----------
    said
        One line.
    texts
        What must not be quoted.
    """
    said = redacted(said)
    quoted = _quoted(said, "\n".join(" ".join(text.split()) for text in texts))
    parts: list[str] = []
    for at, letter in enumerate(said):
        if not quoted[at]:
            parts.append(letter)
        elif not at or not quoted[at - 1]:
            parts.append(HIDDEN)
    return "".join(parts)


def _quoted(said: str, everything: str) -> list[bool]:
    """Tell for each character whether it stands in a passage of the texts."""
    marks = [False] * len(said)
    for begin in range(len(said) if everything else 0):
        for length in (SHORTEST, SHORTEST_ASCII):
            passage = said[begin : begin + length]
            whole = len(passage) == length and passage.isascii() == (length == SHORTEST_ASCII)
            if whole and passage in everything:
                marks[begin : begin + length] = [True] * length
    return marks
