"""Errors to look at: which answers the report shows word by word, and whose they are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from triage_bench.core.exhibit import Exhibit, Neighbour, ShownRow
from triage_bench.core.explanation import ExplainedText, Span
from triage_bench.core.run import Outcome
from triage_bench.leaderboard.table import Row
from triage_bench.metrics import confusion

SHOWN = 12
"""Errors shown per data set: one of each kind first, the most frequent kinds before the others."""

FOR, AGAINST = 5, 3
"""Words of a text that are marked: those that spoke for the answer most, and those against it."""

SURE = 0.02
"""A word that says less than this share of the strongest is not marked."""


def exhibited(outcomes: Iterable[Outcome], rows: Sequence[Row]) -> Outcome | None:
    """Return whose errors are shown: the best-ranked model of the data set whose words were weighed."""
    found = {outcome.keys: outcome for outcome in outcomes}
    for row in rows:
        outcome = found.get(row.keys)
        if row.rank is not None and not row.members and outcome is not None and outcome.complete:
            explained = [record.explanation for record in outcome.records if record.explanation]
            if any(words for one in explained for words in one.words):
                return outcome
    return None


def chosen(outcome: Outcome) -> list[tuple[ExplainedText, int, float]]:
    """Return the errors to show: each with its given label and the probability of the answer.

    One of each kind of confusion comes before a second of any, frequent kinds come before rare ones,
    and within a kind the surest error comes first.
    """
    predictions = outcome.predictions
    place = {row: at for at, row in enumerate(predictions.rows.tolist())}
    kinds: dict[tuple[int, int], list[tuple[ExplainedText, int, float]]] = defaultdict(list)
    for record in outcome.records:
        for text in record.explanation.texts if record.explanation else ():
            at = place.get(text.row)
            if at is None:
                continue
            given = int(predictions.labels[at])
            if given != text.answer:
                total = float(predictions.probabilities[at].sum()) or 1.0
                sure = float(predictions.probabilities[at, text.answer]) / total
                kinds[given, text.answer].append((text, given, sure))
    wrong = predictions.labels != predictions.predicted
    times = Counter(zip(predictions.labels[wrong].tolist(), predictions.predicted[wrong].tolist(), strict=True))
    frequent = sorted(kinds, key=lambda kind: (-times[kind], kind))
    for found in kinds.values():
        found.sort(key=lambda one: -one[2])
    turns = max(map(len, kinds.values()), default=0)
    return [kinds[kind][turn] for turn in range(turns) for kind in frequent if turn < len(kinds[kind])][:SHOWN]


def examples_of(outcome: Outcome, exhibit: Exhibit | None) -> list[dict[str, Any]]:
    """Return the errors of a model as the page shows them: text in pieces, neighbours, what decided."""
    labels = outcome.dataset.label_names
    rows: Mapping[int, ShownRow] = {one.row: one for one in exhibit.shown} if exhibit else {}
    counts = confusion(outcome.predictions.labels, outcome.predictions.predicted, len(labels))
    return [
        {
            "mistaken": int(counts[given, text.answer]),
            "of": int(counts[given].sum()),
            "row": rows[text.row].place if text.row in rows else text.row,
            "given": labels[given],
            "answered": labels[text.answer],
            "probability": sure,
            "pieces": _pieces(rows[text.row].text, text.spans) if text.row in rows else [],
            "attended": _attended(rows[text.row].text, text.attention) if text.row in rows else [],
            "neighbours": [_neighbour(near, labels) for near in rows[text.row].neighbours] if text.row in rows else [],
        }
        for text, given, sure in chosen(outcome)
    ]


def _pieces(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Return the text in pieces; those that decided carry what they added to the answer."""
    if not text or not spans:
        return [{"text": text, "value": None}] if text else []
    strongest = abs(spans[0][2])
    told = [one for one in spans if abs(one[2]) >= SURE * strongest]
    marked = sorted([*[one for one in told if one[2] > 0][:FOR], *[one for one in told if one[2] < 0][:AGAINST]])
    pieces: list[dict[str, Any]] = []
    at = 0
    for start, end, value in marked:
        if start < at or end > len(text):
            continue
        if start > at:
            pieces.append({"text": text[at:start], "value": None})
        share = abs(value) / strongest
        pieces.append(
            {"text": text[start:end], "value": value, "strength": 3 if share > 0.66 else 2 if share > 0.33 else 1}
        )
        at = end
    return [*pieces, {"text": text[at:], "value": None}] if at < len(text) else pieces


def _attended(text: str, spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [{"word": text[start:end], "share": value} for start, end, value in spans[:3]] if text else []


def _neighbour(near: Neighbour, labels: Sequence[str]) -> dict[str, Any]:
    return {"row": near.place, "label": labels[near.label], "cosine": near.cosine, "text": near.text}
