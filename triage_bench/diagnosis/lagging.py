"""Why a network stays behind the linear model, as far as its records tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.noise import class_f1

RARE, FROM_RARE = 0.5, 0.5
"""A class is rare with less than this share of what an even mix would give it. Rare classes explain a lag where they
make up at least half of it."""

CUT, UNKNOWN = 0.05, 0.10
"""Shares of cut rows and of unknown tokens from which on they are named. Sound readings stay below: at most 1 % of the
rows are cut by default, and 4 to 6 % of the morphemes of 800 sentences are unknown."""

LEARNT = 0.5
"""Share of the validation loss above which a training loss at the end is that of a network that has not learnt its
training rows; below it TB303 asks whether it learns anything else. The training score says less: word dropout takes
from a short sentence what tells its label."""

MOST = 2
"""Reasons that are told of one network, the most telling first."""


@dataclass(frozen=True)
class Reason:
    """One thing that explains a lag.

    Attributes
    ----------
    name, value
        The number it rests on.
    text
        What it says.
    """

    name: str
    value: float
    text: Sentence


def reasons_behind(network: Outcome, yardstick: Outcome, names: Sequence[str]) -> tuple[Reason, ...]:
    """Return why a network has a lower macro-F1 than the yardstick; nothing where its records tell nothing.

    Parameters
    ----------
    network, yardstick
        Both measured on the same rows.
    names
        What the labels are called, by code.
    """
    found = chain(
        _rare(network, yardstick, names), _cut(network), _unknown(network), _rising(network), _learnt(network)
    )
    return tuple(islice(found, MOST))


def _rare(network: Outcome, yardstick: Outcome, names: Sequence[str]) -> Iterator[Reason]:
    labels, classes = network.predictions.labels, len(names)
    rows = np.bincount(labels, minlength=classes)
    mine, theirs = class_f1(network.predictions, classes)[0], class_f1(yardstick.predictions, classes)[0]
    lag = theirs - mine
    rare = np.flatnonzero((rows > 0) & (rows < RARE * len(labels) / classes) & (lag > 0))
    if len(rare) and (share := min(1.0, float(lag[rare].sum() / lag.sum()))) >= FROM_RARE:
        worst = int(rare[np.argmax(lag[rare])])
        name, count, f1, other = names[worst], int(rows[worst]), mine[worst], theirs[worst]
        text = Sentence(
            ko=f"뒤지는 폭의 {share:.0%}는 드문 클래스에서, 가장 많이는 {count:,}행뿐인 클래스 {name}에서 옵니다"
            f"(F1 {f1:.2f}, 선형 모델은 {other:.2f}).",
            en=f"{share:.0%} of the lag comes from rare classes, most of it from class {name} with its {count:,} rows "
            f"(F1 {f1:.2f}; the linear model's is {other:.2f}).",
        )
        yield Reason("share_of_rare_classes", share, text)


def _cut(network: Outcome) -> Iterator[Reason]:
    if (share := _fact(network, "truncated_share")) >= CUT:
        ko = f"행의 {share:.0%}는 끝까지 읽지 못합니다(max_length)."
        en = f"It does not read {share:.0%} of the rows to the end (max_length)."
        yield Reason("truncated_share", share, Sentence(ko, en))


def _unknown(network: Outcome) -> Iterator[Reason]:
    if (share := _fact(network, "unknown_share")) >= UNKNOWN:
        ko = f"토큰의 {share:.0%}는 처음 보는 것입니다. 형태소나 글자로 읽혀 보십시오(tokenizer)."
        en = f"{share:.0%} of the tokens are unknown to it; let it read morphemes or characters (tokenizer)."
        yield Reason("unknown_share", share, Sentence(ko, en))


def _rising(network: Outcome) -> Iterator[Reason]:
    ended = [best == len(history) for best, history in _fits(network)]
    if sum(ended) > len(ended) / 2:
        ko = f"폴드 {len(ended)}개 중 {sum(ended)}개에서 마지막 에포크까지 나아지고 있었습니다(epochs를 늘리십시오)."
        en = (
            f"In {sum(ended)} of {len(ended)} folds it was still getting better in its last epoch; give it more epochs."
        )
        yield Reason("folds_still_rising", sum(ended), Sentence(ko, en))


def _learnt(network: Outcome) -> Iterator[Reason]:
    ends = [history[-1] for _, history in _fits(network) if {"train_loss", "validation_loss"} <= history[-1].keys()]
    if not ends:
        return
    train, held = (float(np.mean([end[f"{side}_loss"] for end in ends])) for side in ("train", "validation"))
    if train > LEARNT * held:
        text = Sentence(
            f"마지막에도 손실이 학습 행에서 {train:.2f}, 검증 행에서 {held:.2f}으로, 학습 행조차 다 배우지 못했습니다. "
            "더 오래(epochs), 더 큰 학습률로, 드롭아웃을 줄여 보십시오.",
            f"Even at the end its loss is {train:.2f} on training rows and {held:.2f} on validation rows: it has not "
            "learnt its training rows. Train longer (epochs), at a higher rate, with less dropout.",
        )
    else:
        rows = round(float(np.mean([record.train_rows for record in network.records])))
        text = Sentence(
            f"학습 행은 압니다(마지막 손실 {train:.2f}, 검증 행에서는 {held:.2f}). {rows:,}행은 낱말의 뜻을 처음부터 "
            "배우기에 적습니다. 미리 학습한 모델이나 벡터에서 시작해 보십시오.",
            f"It knows its training rows (loss {train:.2f} at the end; {held:.2f} on validation rows): {rows:,} are "
            "few to learn from scratch what words mean; start from a trained model or from vectors.",
        )
    yield Reason("train_loss_last", train, text)


def _fits(network: Outcome) -> list[tuple[int, tuple[dict[str, float], ...]]]:
    """Return the epoch that was kept (from 1), and the history, of every fold that left both."""
    found = [(record.facts.get("best_epoch"), tuple(map(dict, record.history))) for record in network.records]
    return [(int(best), history) for best, history in found if isinstance(best, float) and 0 < best <= len(history)]


def _fact(outcome: Outcome, name: str) -> float:
    """Return the mean of a fact over the folds, 0 where there is none."""
    values = [value for record in outcome.records if isinstance(value := record.facts.get(name), int | float)]
    return float(np.mean(values)) if values else 0.0
