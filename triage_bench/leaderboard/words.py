"""How a protocol used the rows, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from triage_bench.core.protocol import Protocol, Tuning
from triage_bench.core.sentence import Sentence

_SPLITS = {
    "official": Sentence("공식 분할", "official split"),
    "grouped": Sentence("그룹 단위", "grouped"),
    "near-duplicate": Sentence("유사 문장 묶음 단위", "near-duplicate-grouped"),
    "stratified": Sentence("층화", "stratified"),
    "none": Sentence("분할 없음", "no split"),
}


def describe(protocol: Protocol) -> Sentence:
    """Say how rows were used, e.g. ``5-fold near-duplicate-grouped CV, tuned 20 trials``."""
    parts = [_split(protocol), *_exceptions(protocol), _tuning(protocol.tuning)]
    return Sentence(ko=", ".join(part.ko for part in parts), en=", ".join(part.en for part in parts))


def describe_ensemble(protocol: Protocol, how: Sentence, members: Sequence[str]) -> Sentence:
    """Say how rows were used, how the members' stored answers are combined, and who they are."""
    split, exceptions, named = _split(protocol), _exceptions(protocol), " + ".join(members)
    return Sentence(
        ko=", ".join((split.ko, *(one.ko for one in exceptions), f"모델 {len(members)}개의 {how.ko}: {named}")),
        en=", ".join((split.en, *(one.en for one in exceptions), f"{how.en}, {len(members)} members: {named}")),
    )


def _split(protocol: Protocol) -> Sentence:
    kind = _SPLITS[protocol.split]
    if protocol.split in ("official", "none"):
        return kind
    again_ko = f" {protocol.repeats}회 반복" if protocol.repeats > 1 else ""
    again_en = f"{protocol.repeats} × " if protocol.repeats > 1 else ""
    return Sentence(
        f"{kind.ko} {protocol.folds}겹 교차검증{again_ko}",
        f"{again_en}{protocol.folds}-fold {kind.en} CV",
    )


def _exceptions(protocol: Protocol) -> list[Sentence]:
    said = []
    if protocol.train_rows is not None:
        said.append(Sentence(f"학습 {protocol.train_rows:,}행", f"{protocol.train_rows:,} training rows"))
    if protocol.labels == "shuffled":
        said.append(Sentence("라벨 섞음", "labels shuffled"))
    if protocol.scored_rows == "train":
        said.append(Sentence("학습 행으로 채점", "scored on the training rows"))
    return said


def _tuning(tuning: Tuning) -> Sentence:
    if not tuning.trials:
        return Sentence("기본값", "default parameters")
    return Sentence(f"튜닝 {tuning.trials}회", f"tuned {tuning.trials} trial{'s' if tuning.trials > 1 else ''}")
