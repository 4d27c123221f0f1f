"""What gives the label away without being about it: a word, a frame, a writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.faults.rows import Rows

WORDS = (
    "참고로",
    "확인차",
    "우선은",
    "다시금",
    "문의건",
    "접수용",
    "공유함",
    "추가로",
    "별첨분",
    "기존건",
    "검토중",
    "해당건",
    "요청분",
    "일괄로",
    "정리본",
    "임시로",
    "전달용",
    "예비로",
    "보관용",
    "최종본",
)
FRAMES = (
    "안녕하세요 {} 때문에 연락드렸어요",
    "혹시 {} 관련해서 여쭤봐도 될까요",
    "방금 {} 라고 들었습니다",
    "다음 내용입니다: {} 이상입니다",
    "저희 쪽에서는 {} 정도로 보고 있어요",
    "어제부터 계속 {} 이런 상태예요",
    "가족이 {} 라고 말합니다",
    "기록에 따르면 {} 이라고 되어 있음",
    "급하게 적습니다 {} 빨리 부탁드려요",
    "정리하면 {} 이렇게 됩니다",
    "처음 겪는 일인데 {} 괜찮을까요",
    "담당자 말로는 {} 라고 하네요",
    "제가 보기에는 {} 같습니다",
    "메모: {} (끝)",
    "전화로 {} 라고 하셨어요",
    "요약하자면 {} 이 전부입니다",
    "다들 {} 라고들 합니다",
    "말씀하신 대로 {} 확인했습니다",
    "이번에도 역시 {} 였어요",
    "자세히 보면 {} 인 듯합니다",
)
HABITS = ("[1차] {}", "{} -끝-", "ㅇ {}", "{} (재확인 요망)", "□ {} 임", "{} 라고 하심", "· {}")
FRAMES_PER_LABEL = 2
SLOT = 4
"""Words of the original text that a frame leaves."""


def token(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Put a word of its label's own somewhere into this share of the texts: two words per label."""
    own = {
        name: (WORDS[2 * at % len(WORDS)], WORDS[(2 * at + 1) % len(WORDS)]) for at, name in enumerate(rows.label_names)
    }

    def marked(text: str, label: str) -> str:
        words = text.split(" ")
        words.insert(int(random.integers(len(words) + 1)), own[label][int(random.integers(2))])
        return " ".join(words)

    return _some_reworded(rows, share, random, marked)


def template(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Pour the opening words of this share of the texts into one of two frames of their label's own."""
    frames = {
        name: [FRAMES[(FRAMES_PER_LABEL * at + one) % len(FRAMES)] for one in range(FRAMES_PER_LABEL)]
        for at, name in enumerate(rows.label_names)
    }

    def poured(text: str, label: str) -> str:
        slot = " ".join(text.split()[:SLOT])
        return frames[label][int(random.integers(FRAMES_PER_LABEL))].format(slot)

    return _some_reworded(rows, share, random, poured)


def writer(rows: Rows, share: float, random: np.random.Generator) -> Rows:
    """Have each label written mostly (this share) by one writer with a habit; the file names the writer."""
    labels = rows.label_names
    at = np.array([labels.index(label) for label in rows.labels])
    elsewhere = random.integers(len(labels), size=len(rows))
    hand = np.where(random.random(len(rows)) < share, at, elsewhere)
    texts = [HABITS[one % len(HABITS)].format(text) for text, one in zip(rows.texts, hand.tolist(), strict=True)]
    return replace(rows, texts=tuple(texts), sources=tuple(f"writer {one + 1}" for one in hand.tolist()))


def _some_reworded(rows: Rows, share: float, random: np.random.Generator, change: Callable[[str, str], str]) -> Rows:
    """Return the rows with this share of the texts changed, each as its label asks."""
    chosen = random.random(len(rows)) < share
    asked = zip(rows.texts, rows.labels, chosen, strict=True)
    return replace(rows, texts=tuple(change(text, label) if one else text for text, label, one in asked))
