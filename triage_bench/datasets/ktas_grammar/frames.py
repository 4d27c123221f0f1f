"""The poor way to write triage sentences: two frames per level with slots in them.

It is what a careless language model, or a student with a deadline, produces: the frame alone
gives the level away. `template_poverty` pours texts into them so that a benchmark can plant
the shortcut it wants to find.
"""

from __future__ import annotations

from triage_bench.datasets.ktas_grammar.speech import Speaker, Telling, Utterance

FRAMES: dict[int, tuple[tuple[str, str], ...]] = {
    1: (
        ("응급 상황입니다. 환자는 ", " 상태로 즉시 소생이 필요합니다."),
        ("지금 매우 위급합니다. ", " 소견으로 바로 처치해야 합니다."),
    ),
    2: (
        ("환자가 급히 실려 왔으며 ", " 증상이 심각하여 서둘러야 합니다."),
        ("상태가 빠르게 나빠지고 있으며 ", " 소견이 우려됩니다."),
    ),
    3: (
        ("환자는 다음을 호소합니다. ", " 증상으로 검사가 필요해 보입니다."),
        ("진료를 위해 방문한 환자로 ", " 증상에 대한 평가를 원합니다."),
    ),
    4: (
        ("비교적 안정적인 환자로 ", " 증상이 있으나 대기할 수 있습니다."),
        ("스스로 걸어 들어온 환자이며 ", " 증상으로 진료를 기다립니다."),
    ),
    5: (
        ("급하지 않은 방문으로 ", " 건으로 상담을 원합니다."),
        ("가벼운 용무로 내원하였고 ", " 관련하여 문의하였습니다."),
    ),
}
"""Level → (beginning, end) of its frames."""


def framed(speaker: Speaker, telling: Telling, level: int) -> Utterance:
    """Return a text in one of the two frames of a level."""
    at = speaker.toss(len(FRAMES[level]))
    before, after = FRAMES[level][at]
    return Utterance(before + speaker.phrase(telling) + after, "nurse", f"template:{level}.{at}")
