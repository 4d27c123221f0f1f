"""What a fitted model goes by, put in words: done at the end of a benchmark job, at a small share of its cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage_bench.core.errors import UnavailableError
from triage_bench.core.explanation import FEWEST_TEXTS, ExplainedText, Explanation, Span, Weighed
from triage_bench.core.identifiers import kinds_in
from triage_bench.core.job import Job
from triage_bench.core.seeds import generator_for
from triage_bench.models.attribution import GramScores
from triage_bench.running.occlusion import occluded
from triage_bench.running.sides import Sides
from triage_bench.text.alignment import (
    Place,
    by_piece,
    distinct_texts_with,
    gram_places,
    pieces_of,
    spoken,
    token_places,
    words_of,
)
from triage_bench.text.corpus import Corpus

Codes = NDArray[np.int64]
ByWord = list[list[float]]
Pieces = list[list[Place]]

SAMPLED = 60
"""Scored texts whose words are weighed, the same for every model of a fold."""
ERRORS = 20
"""Wrong answers shown word by word, one of each kind before a second of any."""
GRAMS, WORDS = 12, 15
SPANS = 30
"""Words of a text that are kept, the strongest; most texts have fewer."""
COUNTED = 4_000
"""Training texts in which words are counted at most: what stands in five of them stands in five of all."""
DIGITS = 4
MORPHEMES = "mecab"
"""What cuts long words: the tokenizer that needs nothing beside the package."""


@dataclass(frozen=True, eq=False)
class Read:
    """What was found on the chosen texts: per word, what it adds to the answer."""

    method: str
    unit: str
    words: ByWord
    attention: ByWord | None = None
    scores: GramScores | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    gap: float | None = None


def wants_explanation(job: Job) -> bool:
    """Whether a job's model is explained: one that answers test rows of whole texts under the given labels."""
    asked = job.protocol
    return (
        (asked.labels, asked.scored_rows, asked.texts, asked.merge, asked.probes) == ("given", "test", "whole", "", "")
        and asked.train_rows is None
        and asked.split in ("official", "grouped", "near-duplicate", "stratified")
        and job.repeat == 0
    )


def explained(
    job: Job,
    model: Any,
    corpus: Corpus,
    sides: Sides,
    answers: tuple[NDArray[np.float32], Codes],
    classes: int,
) -> Explanation:
    """Return what a fitted model goes by.

    Parameters
    ----------
    job
        What was measured.
    model
        The fitted model: anything with ``predict_proba`` and ``classes_``.
    corpus, sides
        The texts, and which were trained on and scored.
    answers
        Probabilities, shape (scored, classes), and answers, shape (scored,), in the data set's codes.
    classes
        How many labels the data set has.
    """
    probabilities, predicted = answers
    sampled = _sampled(job, sides.given)
    shown = _shown(sides.given, predicted, probabilities)
    chosen = np.union1d(sampled, shown)
    texts = corpus[sides.scored[chosen]]
    codes = predicted[chosen]
    pieces = _pieces(texts)
    read = _read(model, texts, pieces, codes)
    common = np.flatnonzero(np.isin(chosen, sampled))
    counted = _training_texts(corpus, sides)
    return Explanation(
        method=read.method,
        unit=read.unit,
        grams=_grams(model, read, texts, classes, corpus, sides),
        words=_words(read.words, texts, pieces, codes, common, classes, counted),
        texts=tuple(
            ExplainedText(
                int(sides.scored[chosen[at]]),
                int(codes[at]),
                _spans(pieces[at], read.words[at]),
                () if read.attention is None else _spans(pieces[at], read.attention[at]),
            )
            for at in np.flatnonzero(np.isin(chosen, shown)).tolist()
        ),
        rows=len(common),
        gap=None if read.gap is None else _rounded(read.gap),
    )


def _sampled(job: Job, given: Codes) -> Codes:
    """Return places among the scored rows, as many of each class as there are, the same for every model."""
    rng = generator_for(job.seed, job.dataset_digest, "explained", job.repeat, job.fold)
    order = rng.permutation(len(given))
    turn = np.empty(len(given), dtype=np.int64)
    for code in np.unique(given):
        mine = order[given[order] == code]
        turn[mine] = np.arange(len(mine))
    return np.sort(order[np.argsort(turn[order], kind="stable")][:SAMPLED])


def _shown(given: Codes, predicted: Codes, probabilities: NDArray[np.float32]) -> Codes:
    """Return places of the surest errors of every kind, and of the surest right answer per class."""
    sure = -probabilities[np.arange(len(predicted)), predicted].astype(np.float64)
    kinds: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place in np.argsort(sure, kind="stable").tolist():
        kinds[int(given[place]), int(predicted[place])].append(place)
    wrong = {kind: places for kind, places in kinds.items() if kind[0] != kind[1]}
    frequent = sorted(wrong, key=lambda kind: -len(wrong[kind]))
    turns = [wrong[kind][turn] for turn in range(3) for kind in frequent if len(wrong[kind]) > turn]
    right = [places[0] for kind, places in kinds.items() if kind[0] == kind[1]]
    return np.array(sorted({*turns[:ERRORS], *right}), dtype=np.int64)


def _pieces(texts: Corpus) -> Pieces:
    """Return where the words of each text stand, long ones cut between morphemes where these can be had."""
    try:
        tokens = Corpus(list(texts)).tokens(MORPHEMES)  # of these few alone: the whole data set takes seconds
    except UnavailableError:
        return [words_of(text) for text in texts]
    return [pieces_of(text, tokens.row(row)) for row, text in enumerate(texts)]


def _read(model: Any, texts: Corpus, pieces: Pieces, codes: Codes) -> Read:
    """Weigh the words of texts by what the family itself can tell, or by leaving each of them out."""
    asked = np.searchsorted(np.asarray(model.classes_), codes)
    unit = str(getattr(model, "tokenizer", "") or "")
    scores = model.gram_scores(texts) if hasattr(model, "gram_scores") else None
    if scores is not None:
        names = scores.features.grams_in(texts)
        return Read(
            scores.method, unit, _words_of_grams(scores, names, texts, pieces, asked), scores=scores, names=names
        )
    tokens = model.token_scores(texts, asked) if hasattr(model, "token_scores") else None
    attention = model.attention(texts) if hasattr(model, "attention") else None
    if tokens is None:
        return Read("occlusion", unit, occluded(model, texts, pieces, asked))
    places = [token_places(text, row) for text, row in zip(texts, tokens.tokens, strict=True)]
    words = [_weighed(*one) for one in zip(pieces, places, tokens.values, strict=True)]
    attended = None if attention is None else [_weighed(*one) for one in zip(pieces, places, attention, strict=True)]
    return Read(tokens.method, unit, words, attended, gap=tokens.gap)


def _weighed(pieces: Sequence[Place], places: Sequence[Place | None], values: NDArray[np.float64]) -> list[float]:
    pairs = zip(places, values[: len(places)].tolist(), strict=False)
    return by_piece(pieces, (([place], value) for place, value in pairs if place is not None))


def _words_of_grams(
    scores: GramScores, names: Mapping[int, str], texts: Corpus, pieces: Pieces, asked: Codes
) -> ByWord:
    analyzers = scores.analyzers
    found = []
    for row, (text, code) in enumerate(zip(texts, asked.tolist(), strict=True)):
        matrix = scores.by_class[code]
        here = slice(matrix.indptr[row], matrix.indptr[row + 1])
        grams = zip(matrix.indices[here].tolist(), matrix.data[here].tolist(), strict=True)
        placed = ((gram_places(text, *_spelt(names[column], analyzers)), value) for column, value in grams)
        found.append(by_piece(pieces[row], ((places, value) for places, value in placed if places)))
    return found


def _spelt(name: str, analyzers: Sequence[str]) -> tuple[str, str]:
    """Return a gram and its analyzer; with several, the name begins with its own."""
    if len(analyzers) == 1:
        return name, analyzers[0]
    analyzer, _, gram = name.partition(": ")
    return gram, analyzer


def _words(
    words: ByWord,
    texts: Corpus,
    pieces: Pieces,
    codes: Codes,
    common: Codes,
    classes: int,
    counted: Sequence[tuple[str, int]],
) -> tuple[tuple[Weighed, ...], ...]:
    """Return, per class, the words that add most to it in the texts answered so."""
    totals: list[dict[str, float]] = [defaultdict(float) for _ in range(classes)]
    for at in common.tolist():
        text, total = texts[at], totals[int(codes[at])]
        for (start, end), value in zip(pieces[at], words[at], strict=True):
            total[spoken(text[start:end])] += value / len(common)
    known = {word for total in totals for word in total if word}
    allowed = _in_enough(sorted(known), counted)
    return tuple(_strongest(((word, value) for word, value in total.items() if word in allowed)) for total in totals)


def _strongest(weighed: Iterable[Weighed]) -> tuple[Weighed, ...]:
    best = sorted((one for one in weighed if one[1] > 0), key=lambda one: (-one[1], one[0]))
    return tuple((word, _rounded(value)) for word, value in best[:WORDS])


def _counted_rows(sides: Sides) -> Codes:
    return sides.rows[:: max(1, -(-len(sides.rows) // COUNTED))]


def _training_texts(corpus: Corpus, sides: Sides) -> list[tuple[str, int]]:
    rows = _counted_rows(sides)
    return list(zip(corpus[rows], sides.units[rows].tolist(), strict=True))


def _in_enough(words: Sequence[str], counted: Sequence[tuple[str, int]]) -> set[str]:
    """Return the words that enough training texts hold, without those that look like somebody's number."""
    times = distinct_texts_with(words, counted)
    return {word for word, count in zip(words, times, strict=True) if count >= FEWEST_TEXTS and not kinds_in(word)}


def _grams(
    model: Any, read: Read, texts: Corpus, classes: int, corpus: Corpus, sides: Sides
) -> tuple[tuple[Weighed, ...], ...]:
    """Return, per class, the grams that speak for it most: by weight, or by their sum over the chosen texts."""
    if read.scores is None:
        return ()
    columns, values = _candidates(model, read.scores, texts)
    rows = _counted_rows(sides)
    asked = sorted({column for some in columns for column in some})
    matrix = read.scores.features.transform(corpus[rows])[:, asked].tocsc()
    ends, units = matrix.indptr, sides.units[rows]
    held = {c: len(np.unique(units[matrix.indices[ends[i] : ends[i + 1]]])) for i, c in enumerate(asked)}
    found: list[tuple[Weighed, ...]] = [()] * classes
    for place, code in enumerate(np.asarray(model.classes_).tolist()):
        ranked = zip(columns[place], values[place], strict=True)
        said = [(*_spelt(read.names[c], read.scores.analyzers), v) for c, v in ranked if held[c] >= FEWEST_TEXTS]
        found[int(code)] = _distinct(said)
    return tuple(found)


def _candidates(model: Any, scores: GramScores, texts: Corpus) -> tuple[list[list[int]], list[list[float]]]:
    """Return the columns that speak most for each class, more than will be shown, with what they say."""
    if scores.method == "weights":
        weights = np.asarray(model.linear_view().weights, dtype=np.float64)
        summed = weights - weights.mean(axis=0)
    else:
        # Trees also say something of a gram that is absent; what it says where it stands is asked here.
        there = scores.features.transform(texts) != 0
        held = [one.multiply(there).sum(axis=0) for one in scores.by_class]
        summed = np.vstack([np.asarray(one).ravel() / len(texts) for one in held])
    count = min(20 * GRAMS, summed.shape[1])
    some = np.argpartition(-summed, count - 1, axis=1)[:, :count]
    order = np.take_along_axis(some, np.argsort(-np.take_along_axis(summed, some, axis=1), axis=1), axis=1)
    return order.tolist(), np.take_along_axis(summed, order, axis=1).tolist()


def _distinct(ranked: Sequence[tuple[str, str, float]]) -> tuple[Weighed, ...]:
    """Keep the strongest grams of which none is part of another: pieces of one word say one thing.

    Parameters
    ----------
    ranked
        Grams with their analyzers and values, the strongest first. Single characters are left out where
        longer pieces of words are grams as well: they say least.
    """
    kept: list[Weighed] = []
    for name, analyzer, value in ranked:
        bare = name.strip()
        if value <= 0 or len(kept) == GRAMS:
            break
        short = analyzer in ("char", "char_wb") and len(bare) < 2
        inside = any(bare in other.strip() or other.strip() in bare for other, _ in kept)
        if bare and not short and not inside and not kinds_in(bare):
            kept.append((name, _rounded(value)))
    return tuple(kept)


def _spans(places: Sequence[Place], values: Sequence[float]) -> tuple[Span, ...]:
    order = sorted(range(len(places)), key=lambda at: (-abs(values[at]), at))[:SPANS]
    return tuple((*places[at], _rounded(values[at])) for at in order if values[at])


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
