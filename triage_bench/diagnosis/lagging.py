"""Why a network stays behind the linear model, as far as its records tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.networks import curves
from triage_bench.diagnosis.noise import class_f1

RARE, FEW_OF_A_CLASS, FROM_RARE = 0.5, 100, 0.5
"""A class is rare with fewer than 100 rows and less than half of what an even mix would give it. Rare classes explain
a lag where at least half of what is lost in all classes is lost in them."""

CUT, UNKNOWN = 0.05, 0.10
"""Shares of cut rows and of unknown tokens from which on they are named. Sound readings stay below: at most 1 % of the
rows are cut by default, and 4 to 6 % of the morphemes of 800 sentences are unknown."""

LEARNT = 0.85
"""Macro-F1 on its training rows in the last epoch, dropout on, below which a network has not learnt them. On kobill it
is 0.70 to 0.82 in the folds of the plain RNN, which stays behind, and 0.85 to 0.93 in those of others."""

FEW_ROWS = 10_000
"""Below so many rows words have to be learnt from few sentences: on 10,000 rows of nsmc an LSTM is 0.02 behind the
linear model, on 150,000 level with it."""

MOST = 2
"""Reasons that are told of one network, the most telling first."""


@dataclass(frozen=True)
class Reason:
    """One thing that explains a lag.

    Attributes
    ----------
    text
        What it says.
    numbers
        What it rests on.
    """

    text: Sentence
    numbers: Mapping[str, float]


def reasons_behind(network: Outcome, yardstick: Outcome, classes: Mapping[str, int]) -> tuple[Reason, ...]:
    """Return why a network has a lower macro-F1 than the yardstick; nothing where its records tell nothing.

    Parameters
    ----------
    network, yardstick
        Both measured on the same rows.
    classes
        Rows of each label, in the order of its codes.
    """
    found = chain(
        _rare(network, yardstick, classes), _cut(network), _unknown(network), _rising(network), _learnt(network)
    )
    return tuple(islice(found, MOST))


def _rare(network: Outcome, yardstick: Outcome, classes: Mapping[str, int]) -> Iterator[Reason]:
    names, rows = list(classes), np.array(list(classes.values()))
    mine, theirs = (class_f1(one.predictions, len(names))[0] for one in (network, yardstick))
    lost = np.maximum(theirs - mine, 0)
    rare = (rows < FEW_OF_A_CLASS) & (rows < RARE * rows.sum() / len(rows)) & (lost > 0)
    if not rare.any() or (share := float(lost[rare].sum() / lost.sum())) < FROM_RARE:
        return
    worst = int(np.argmax(np.where(rare, lost, 0)))
    name, count, f1, other = names[worst], int(rows[worst]), float(mine[worst]), float(theirs[worst])
    text = Sentence(
        ko=f"뒤지는 폭의 {share:.0%}는 드문 클래스에서, 그중 가장 큰 몫은 {count}행뿐인 클래스 {name}에서 옵니다"
        f"(F1 {f1:.2f}, 선형 모델은 {other:.2f}).",
        en=f"{share:.0%} of what it loses is lost in rare classes, the largest part in class {name} with its {count} "
        f"rows (F1 {f1:.2f}; the linear model's is {other:.2f}).",
    )
    yield Reason(text, {"share_of_rare_classes": share, "rarest_f1": f1, "yardstick_rarest_f1": other})


def _cut(network: Outcome) -> Iterator[Reason]:
    if (share := _fact(network, "truncated_share")) >= CUT:
        ko = f"행의 {share:.0%}는 끝까지 읽지 못합니다(max_length)."
        en = f"It does not read {share:.0%} of the rows to the end (max_length)."
        yield Reason(Sentence(ko, en), {"truncated_share": share})


def _unknown(network: Outcome) -> Iterator[Reason]:
    if (share := _fact(network, "unknown_share")) >= UNKNOWN:
        ko, en = f"토큰의 {share:.0%}는 모르는 것입니다.", f"{share:.0%} of the tokens are unknown to it."
        if all(record.params.get("tokenizer") == "eojeol" for record in network.records):
            ko = f"{ko} 형태소나 글자로 읽혀 보십시오(tokenizer)."
            en = f"{en} Let it read morphemes or characters (tokenizer)."
        yield Reason(Sentence(ko, en), {"unknown_share": share})


def _rising(network: Outcome) -> Iterator[Reason]:
    told = [r.history for r in network.records if r.history and all("validation_score" in epoch for epoch in r.history)]
    ended = [max(history, key=_reached) is history[-1] for history in told]
    if sum(ended) > len(ended) / 2:
        ko = f"폴드 {len(ended)}개 중 {sum(ended)}개에서 마지막 에포크까지 나아지고 있었습니다(epochs를 늘리십시오)."
        en = f"In {sum(ended)} of {len(ended)} folds its last epoch was its best; give it more epochs."
        yield Reason(Sentence(ko, en), {"folds_best_at_the_end": sum(ended), "folds": len(ended)})


def _learnt(network: Outcome) -> Iterator[Reason]:
    last = [scores[-1] for scores in curves(network, "train_score")]
    if not last:
        return
    score = float(np.mean(last))
    if score < LEARNT:
        text = Sentence(
            f"마지막 에포크에도 학습 행의 macro-F1은 {score:.2f}입니다(드롭아웃을 켠 채). 학습 행도 다 배우지 "
            "못했으니 더 오래 학습시키거나(epochs, patience) 드롭아웃을 줄여 보십시오.",
            f"Even in its last epoch its macro-F1 on training rows is {score:.2f} (dropout on): it has not learnt "
            "them. Train longer (epochs, patience), or with less dropout.",
        )
    else:
        text = _knows(score, round(float(np.mean([record.train_rows for record in network.records]))), network)
    yield Reason(text, {"training_macro_f1": score})


def _knows(score: float, rows: int, network: Outcome) -> Sentence:
    """Say that the training rows were learnt, and where few rows to learn words from are the reason."""
    ko = f"학습 행은 압니다(macro-F1 {score:.2f}, 드롭아웃을 켠 채)."
    en = f"It knows its training rows (macro-F1 {score:.2f}, dropout on)."
    if rows < FEW_ROWS and not any(one.params.get("pretrain") or one.params.get("vectors") for one in network.records):
        ko = f"{ko} {rows:,}행은 낱말의 뜻을 처음부터 배우기에 적습니다. 미리 학습한 모델이나 벡터에서 시작해 보십시오."
        en = (
            f"{en} {rows:,} rows are few to learn from scratch what words mean; start from a trained model or from "
            "vectors."
        )
    return Sentence(ko, en)


def _reached(epoch: Mapping[str, float]) -> tuple[float, float]:
    """Return what makes one epoch better than another, as the networks' own early stopping has it."""
    return epoch["validation_score"], -epoch.get("validation_loss", 0.0)


def _fact(outcome: Outcome, name: str) -> float:
    """Return the mean of a fact over the folds, 0 where there is none."""
    values = [value for record in outcome.records if isinstance(value := record.facts.get(name), int | float)]
    return float(np.mean(values)) if values else 0.0
