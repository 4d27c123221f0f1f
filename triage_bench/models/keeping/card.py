"""The model card: what a person should know before using a kept model, in Korean and in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from triage_bench.core.job import ON_PRETRAINED
from triage_bench.models import MODELS
from triage_bench.models.keeping.description import About, Description, Score

Say = Callable[[str, str], str]
FEW_ROWS = 50
"""Fewer rows of a class than this leave its answers to chance; the card says so."""

NEIGHBOURS = "knn"


def card(description: Description, sizes: Mapping[str, int]) -> str:
    """Return the card as Markdown: the Korean part, then the same in English.

    Parameters
    ----------
    description
        What ``model.json`` says.
    sizes
        Bytes of each sealed file.
    """
    korean = _part(description, sizes, lambda ko, en: ko)
    english = _part(description, sizes, lambda ko, en: en)
    return "\n".join([*korean, "", "---", "", *english, ""])


def _part(one: Description, sizes: Mapping[str, int], say: Say) -> Iterator[str]:
    yield f"# {say('모델 카드', 'Model card')}: {_plain(one.model)}" + (
        f" · {_plain(one.about.data)}" * bool(one.about.data)
    )
    yield from _section(say("모델", "Model"), _model(one, say))
    yield from _section(say("학습 데이터", "Training data"), _data(one.about, say))
    yield from _section(say("성능", "Quality"), _quality(one.about.scores, say))
    yield from _section(say("용도", "Intended use"), _use(say))
    yield from _section(say("한계", "Limits"), _limits(one, say))
    yield from _section(say("개인정보", "Privacy"), _privacy(one, say))
    yield from _section(say("파일", "Files"), _files(one, sizes, say))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from lines


def _model(one: Description, say: Say) -> Iterator[str]:
    yield f"`{one.model}`: {MODELS.entry(one.model).summary}."
    yield ""
    yield from _table((say("매개변수", "parameter"), say("값", "value")), sorted(one.params.items()))
    parts = [(name.removeprefix("parameters_"), f"{float(n):,.0f}") for name, n in _weights(one.facts)]
    if parts:
        total = float(one.facts.get("parameters", 0.0))
        yield ""
        yield say(f"가중치 {total:,.0f}개:", f"{total:,.0f} weights:")
        yield ""
        yield from _table((say("부분", "part"), say("가중치 수", "weights")), parts)
    if one.history:
        epochs, best = len(one.history), float(one.facts.get("best_epoch", len(one.history)))
        yield ""
        yield say(
            f"{epochs}에포크를 학습했고 {best:.0f}번째 에포크가 가장 좋았습니다.",
            f"Trained for {epochs} epochs; epoch {best:.0f} was the best.",
        )


def _weights(facts: Mapping[str, float | str]) -> list[tuple[str, float | str]]:
    return [(name, value) for name, value in facts.items() if name.startswith("parameters_")]


def _data(about: About, say: Say) -> Iterator[str]:
    if not about.rows:
        yield say("기록되지 않았습니다.", "Not recorded.")
        return
    length = (
        ""
        if about.characters is None
        else say(f", 중앙값 {about.characters:.0f}자", f", {about.characters:.0f} characters in the median")
    )
    yield say(
        f"{_plain(about.data)}: {about.rows:,}행{length}. 내용 다이제스트 `{about.digest}`.",
        f"{_plain(about.data)}: {about.rows:,} rows{length}. Content digest `{about.digest}`.",
    )
    if about.origin or about.licence:
        yield say("출처", "Origin") + f": {_plain(about.origin)}" + f" ({_plain(about.licence)})" * bool(about.licence)
    yield ""
    yield from _table(
        (say("라벨", "label"), say("행", "rows")), [(name, f"{rows:,}") for name, rows in about.classes.items()]
    )


def _quality(scores: Sequence[Score], say: Say) -> Iterator[str]:
    if not scores:
        yield say(
            "측정되지 않았습니다. 이 모델은 모든 행으로 학습했으므로 남은 평가 행이 없습니다. "
            "`triage-bench tune`으로 같은 방법의 성능을 재고 `--params …/best_parameters.json`으로 다시 학습하십시오.",
            "Not measured. The model was fitted on all rows, so none is left to score it on. "
            "Measure the same recipe with `triage-bench tune`, then fit again with `--params …/best_parameters.json`.",
        )
        return
    yield say(
        "같은 방법(탐색 포함)을 처음 보는 행에서 교차 검증으로 잰 값입니다. "
        "저장된 모델 자체는 모든 행으로 학습했습니다.",
        "Of the same recipe, its search included, cross-validated on rows it had not seen. "
        "The kept model itself was fitted on all rows.",
    )
    yield ""
    interval = say("95 % 구간", "95 % interval")
    head = (say("지표", "metric"), say("점수", "score"), interval, say("분할", "split"))
    yield from _table(head, [(s.metric, f"{s.value:.3f}", _interval(s), s.measured) for s in scores])


def _interval(score: Score) -> str:
    return "–" if score.low is None or score.high is None else f"{score.low:.3f}–{score.high:.3f}"


def _use(say: Say) -> Iterator[str]:
    yield say(
        "학습 데이터와 같은 출처, 같은 형식의 한국어 문장을 위 라벨로 분류하는 연구와 업무 보조용입니다. "
        "의료기기가 아니며, 환자의 중증도를 사람의 확인 없이 이 모델만으로 정해서는 안 됩니다.",
        "Research and assistance: to sort Korean sentences of the same origin and form as the training data into the "
        "labels above. It is no medical device; no patient's urgency may rest on it without a person's check.",
    )
    yield ""
    yield from ("```", "triage-bench predict . new.csv --text TEXT --out answers.csv", "```")


def _limits(one: Description, say: Say) -> Iterator[str]:
    yield "- " + say(
        "학습 때 보지 못한 표현이 많은 문장의 답은 믿기 어렵습니다. 출력의 `unknown_share`를 함께 보십시오.",
        "Answers to texts full of expressions that training did not hold are doubtful; look at `unknown_share`.",
    )
    yield "- " + say(
        "다른 기관, 다른 시기, 다른 작성자의 문장에서는 성능이 낮아질 수 있습니다.",
        "Quality may be lower on texts of other institutions, times or authors.",
    )
    few = [name for name, rows in one.about.classes.items() if rows < FEW_ROWS]
    if few:
        listed = ", ".join(map(_plain, few))
        yield "- " + say(
            f"행이 {FEW_ROWS}개 미만인 라벨이 있습니다: {listed}. 이 라벨의 답은 특히 불안정합니다.",
            f"Labels with fewer than {FEW_ROWS} rows: {listed}. Answers with these are unstable.",
        )
    if "unknown_share" in one.facts:
        share = float(one.facts["unknown_share"])
        yield "- " + say(
            f"검증 행에서 모르는 토큰의 비율은 {share:.1%}였습니다.",
            f"On the validation rows {share:.1%} of the tokens were unknown.",
        )


def _privacy(one: Description, say: Say) -> Iterator[str]:
    if one.model in ON_PRETRAINED:
        yield say(
            "학습 문장은 들어 있지 않습니다. 어휘는 사전학습 모델의 것이며 학습 데이터에서 나온 낱말이 아닙니다. "
            "다만 미세조정한 가중치가 학습 문장의 일부를 외웠을 수 있습니다. 비식별화 수단이 아닙니다.",
            "The training texts are not in here. The vocabulary is the pre-trained model's, not one of the training "
            "data. Fine-tuned weights may still remember parts of training texts. This is no de-identification.",
        )
        return
    yield say(
        "학습 문장은 들어 있지 않습니다. 어휘는 64비트 다이제스트로만 저장되어 읽을 수 없지만, "
        "낱말을 짐작할 수 있는 사람은 그 낱말이 학습 데이터에 있었는지 확인할 수 있습니다. 비식별화 수단이 아닙니다.",
        "The training texts are not in here. The vocabulary is kept as 64-bit digests, which spell nothing; "
        "whoever can guess a word can still check whether the training data held it. This is no de-identification.",
    )
    if one.model == NEIGHBOURS:
        yield ""
        yield say(
            "이 모델은 학습 문장마다 그 n-gram 다이제스트의 목록을 담고 있습니다. 원본 데이터처럼 다루십시오.",
            "This model holds a list of n-gram digests of every training text: handle it like the data itself.",
        )


def _files(one: Description, sizes: Mapping[str, int], say: Say) -> Iterator[str]:
    yield from _table((say("파일", "file"), say("바이트", "bytes")), [(n, f"{size:,}") for n, size in sizes.items()])
    yield ""
    yield say(
        "`sha256sum -c SHA256SUMS`로 확인할 수 있습니다. 이 카드는 봉인에 들어 있지 않으니 내용을 보태도 됩니다.",
        "`sha256sum -c SHA256SUMS` checks them. This card is not sealed: add to it what people should know.",
    )
    yield ""
    versions = {**one.versions, **{f"{name} ({say('분석기', 'tokenizer')})": v for name, v in one.tokenizers.items()}}
    yield from _table((say("라이브러리", "library"), say("판", "version")), sorted(versions.items()))


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(_plain(cell) for cell in row) + " |"


def _plain(cell: object) -> str:
    """Write a value so that it cannot end a cell, start a link or become HTML."""
    text = "".join(c if c.isprintable() else " " for c in str(cell))
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
