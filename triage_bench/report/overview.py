"""The whole run in one sentence: what a reader with ten seconds takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_bench.core.sentence import Sentence


def overview_of(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count the verdicts on data sets by what they say, and say it in one sentence; a user's model is no data set."""
    verdicts = [one for one in verdicts if one["model"] is None]
    undecided = sum(one["cause"] == "undecided" for one in verdicts)
    sound = sum(one["area"] == "none" for one in verdicts) - undecided
    found = len(verdicts) - undecided - sound
    return {
        "judged": len(verdicts),
        "sound": sound,
        "with_cause": found,
        "undecided": undecided,
        "text": _sentence(len(verdicts), found, undecided).to_dict(),
    }


def _sentence(judged: int, found: int, undecided: int) -> Sentence:
    if not judged:
        return Sentence("판정할 수 있는 자료가 없습니다.", "There is no data set to judge.")
    if undecided == judged:
        return Sentence("아직 판단할 수 없습니다. 작업이 끝나지 않았습니다.", "No verdict yet: jobs are unfinished.")
    open_ko = f" {undecided}개는 아직 판단할 수 없습니다." if undecided else ""
    open_en = f" {undecided} cannot be judged yet." if undecided else ""
    if not found:
        return Sentence(
            f"자료 {judged}개에서 점수를 막는 원인을 찾지 못했습니다.{open_ko}",
            f"Nothing was found that holds the score back on {judged} data set{'s' if judged > 1 else ''}.{open_en}",
        )
    return Sentence(
        f"자료 {judged}개 가운데 {found}개에서 점수를 믿기 어렵게 하거나 막는 원인이 보입니다.{open_ko}",
        f"On {found} of {judged} data sets something holds the score back or makes it doubtful.{open_en}",
    )
