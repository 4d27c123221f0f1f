"""What a network says of its fit."""

from __future__ import annotations

from torch import nn

from triage_bench.core.sentence import Notice, Sentence


def parameter_counts(network: nn.Module) -> dict[str, float]:
    """Return how many weights each part of a network has, as ``parameters_PART``; parts without any are left out."""
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    return {f"parameters_{name}": float(count) for name, count in counts.items() if count}


def no_slice(rows: int) -> Notice:
    """Say that the training rows were too few to hold some out."""
    said = Sentence(
        ko=f"학습 행이 {rows}개뿐이어서 조기 종료용 검증 행을 떼어 두지 않고 마지막 에포크까지 학습했습니다.",
        en=f"With {rows} training rows no validation slice was held out; training ran to the last epoch.",
    )
    return Notice("validation.none", rows, rows, said)
