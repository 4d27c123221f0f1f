"""TB330–TB335: what a brought model reads of a Korean sentence."""

from __future__ import annotations

from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.examined import Examined, each_examined
from triage_bench.diagnosis.model_learning import blown_up, lost_by_heart

IGNORED, LEARNT = 0.35, 0.15
"""Share of words of new texts that change nothing when replaced, and of words of training texts that do so at the
most: then the former are unknown, not unimportant."""
BLIND = 0.10
"""Share of new texts of which no word is known."""
EXPLAINS = 2.0
"""Unknown words explain at most so many times their share (beyond that in training texts) of what a memorising model
loses on new texts: one that knows 80 % of their words and loses 58 points needs less freedom, not other words."""
CUT_TRAIN, BLIND_TRAIN, SOME_BLIND = 0.60, 0.25, 0.05
"""Share of the training texts' own words that change nothing, and of training texts without a known word: these
words were seen and thrown away. With so many ignored words a few such texts will do: a vocabulary of ten has 0.09 and
more even where every sentence ends alike, and all other models of the setting part none at all (54 cases), but for
one that knows whole texts only."""
LOST_WORDS = 0.20
"""Share of all words that stand beyond the reach of the model."""
UNMOVED = 0.95
"""Share of texts whose answer stays the same whatever Hangul stands in them."""
FLIPS = {"spaces": 0.10, "particle": 0.30, "ending": 0.30}
"""Share of answers that a change without meaning may flip: character n-grams flip 2 %, 13 % and 6 % on nsmc."""
MOST_EXAMPLES = 3
LEVEL, FLAG_Z = 0.10, 3.0
"""Levels by which a red flag lowers the urgency, more than a plain sentence does, and standard errors of it."""


def _constant(e: Examined) -> bool:
    """Whether the answers hardly depend on the text, so that no probe of single words can tell anything."""
    return e.number("train.spread", 1.0) < 1e-4 or bool(e.number("form.one_hot"))


def _nothing(e: Examined) -> Seen:
    ko = "답이 글에 따라 거의 달라지지 않거나 확률이 없어 알 수 없습니다."
    return e.seen("not_applicable", ko, "Its answers hardly depend on the text, or have no probabilities.")


def _shares(e: Examined) -> tuple[float, float, float, float]:
    """Return shares of ignored words (new, training) and of texts without any known word (new, training)."""
    return (
        e.number("words.test_ignored") / max(e.number("words.test_places"), 1),
        e.number("words.train_ignored") / max(e.number("words.train_places"), 1),
        e.number("words.test_blind") / max(e.number("words.test_of"), 1),
        e.number("words.train_blind") / max(e.number("words.train_of"), 1),
    )


def _knows_words(e: Examined) -> Seen:
    if _constant(e):
        return _nothing(e)
    new, known, blind, blind_train = _shares(e)
    many = (new >= IGNORED and known <= LEARNT) or (blind >= BLIND and blind_train <= BLIND / 4)
    lost = lost_by_heart(e)
    by_heart = lost > EXPLAINS * max(new - known, blind - blind_train)
    numbers = {"new_ignored": new, "training_ignored": known, "new_blind": blind, "training_blind": blind_train}
    ko = (
        f"{e.name}은(는) 새 글의 낱말 {new:.0%}를 읽지 않고(학습 글은 {known:.0%}), 새 글의 {blind:.0%}는 아는 "
        "낱말이 없습니다."
    )
    en = (
        f"{e.name} ignores {new:.0%} of the words of new texts ({known:.0%} of training texts), and {blind:.0%} of "
        "new texts hold no known word."
    )
    if many and e.behind:
        ko = f"{ko} 글자를 읽는 기준 모델이 오차 이상으로 낫습니다."
        en = f"{en} The yardstick, which reads characters, is better beyond noise."
    if many and by_heart:
        numbers["lost_by_heart"] = lost
        ko = f"{ko} 그러나 새 글에서 균형 정확도를 {lost:.2f}만큼 잃는 것은 그것만으로 설명되지 않습니다."
        en = f"{en} That alone does not explain why it loses {lost:.2f} of balanced accuracy on new texts."
    blamed = many and e.behind and not by_heart
    return e.seen("issue" if blamed else "tip" if many else "passed", ko, en, **numbers)


def _keeps_words(e: Examined) -> Seen:
    if _constant(e):
        return _nothing(e)
    _, known, _, blind = _shares(e)
    cut = blind >= BLIND_TRAIN or (known >= CUT_TRAIN and blind >= SOME_BLIND)
    ko = f"{e.name}은(는) 학습 글의 낱말 {known:.0%}를 읽지 않고, 학습 글의 {blind:.0%}는 아는 낱말이 없습니다."
    en = (
        f"{e.name} ignores {known:.0%} of the words it was trained on, and {blind:.0%} of its training texts hold "
        "no known word."
    )
    outcome = "issue" if cut and e.behind else "tip" if cut else "passed"
    return e.seen(outcome, ko, en, training_ignored=known, training_blind=blind)


def _reads_on(e: Examined) -> Seen:
    if _constant(e):
        return _nothing(e)
    words = max(e.number("reach.words"), 1)
    first, last = int(e.number("reach.first")), int(e.number("reach.last"))
    end = "last" if last and not first else "first"
    kept, lost, rows = max(first, last), e.number(f"reach.{end}_lost") / words, int(e.number(f"reach.{end}_rows"))
    numbers = {"words_read": kept, "words_lost": lost, "rows_longer": rows, "rows": int(e.number("reach.of"))}
    if not kept:
        ko = f"{e.name}이(가) 글의 어디까지만 읽는다는 한계는 드러나지 않았습니다."
        return e.seen("passed", ko, f"No length shows beyond which {e.name} stops reading.", **numbers)
    ko = f"{e.name}은(는) 어절 {kept}개만 읽으며, 전체 어절의 {lost:.0%}가 버려집니다({rows}행이 더 깁니다)."
    en = f"{e.name} reads {kept} words of a text; {lost:.0%} of all words are thrown away ({rows} rows are longer)."
    outcome = "passed" if lost < LOST_WORDS else "issue" if e.behind else "tip"
    return e.seen(outcome, ko, en, **numbers)


def _reads_hangul(e: Examined) -> Seen:
    rows, unmoved = int(e.number("hangul.of")), int(e.number("hangul.unmoved"))
    kinds, texts = int(e.number("hangul.bare_kinds")), int(e.number("hangul.bare_texts"))
    numbers = {"rows": rows, "unmoved": unmoved, "answers_without_hangul": kinds, "texts_without_hangul": texts}
    if not rows or e.number("form.one_hot"):
        return _nothing(e)
    ko = f"한글 낱말을 다른 한글 낱말로 바꾸어도 {e.name}의 확률은 {rows}행 중 {unmoved}행에서 그대로입니다."
    en = f"With other Hangul words in place of its own, {unmoved} of {rows} rows keep their probabilities in {e.name}."
    if unmoved < UNMOVED * rows:
        return e.seen("passed", ko, en, **numbers)
    if blown_up(e):
        ko = f"{ko} 학습이 발산하여 무엇을 읽는지 알 수 없습니다."
        en = f"{en} Training diverged, so what it reads does not show."
        return e.seen("not_applicable", ko, en, **numbers)
    if kinds > 1:
        ko, en = f"{ko} 전처리가 한글을 지우고 있습니다.", f"{en} Its preprocessing strips Hangul."
        return e.seen("issue", ko, en, **numbers)
    return e.seen(
        "not_applicable", f"{ko} 어떤 글에도 같은 답을 합니다.", f"{en} It answers every text alike.", **numbers
    )


CHANGED = (("spaces", "공백", "spaces"), ("particle", "조사", "a particle"), ("ending", "문장 끝", "the sentence end"))


def _small_changes(e: Examined) -> Seen:
    shares, parts_ko, parts_en = {}, [], []
    for name, ko, en in (*CHANGED, ("nfd", "NFD", "NFD")):
        of, flips = int(e.number(f"edits.{name}_of")), int(e.number(f"edits.{name}_flipped"))
        if of:
            shares[name] = flips / of
            parts_ko.append(f"{ko} {flips}/{of}")
            parts_en.append(f"{en} {flips}/{of}")
    many = [name for name, *_ in CHANGED if shares.get(name, 0.0) >= FLIPS[name] and e.number(f"edits.{name}_of") >= 10]
    ko = f"뜻이 그대로인데 {e.name}의 답이 바뀐 글: {', '.join(parts_ko)}."
    en = f"Answers of {e.name} that changed without a change of meaning: {', '.join(parts_en)}."
    rows = _examples(e, many)
    if rows:
        ko, en = f"{ko} 예를 들어 {rows}번째 행입니다.", f"{en} For example row {rows}."
    return e.seen("tip" if many else "passed", ko, en, **{f"{name}_share": share for name, share in shares.items()})


def _examples(e: Examined, names: list[str]) -> str:
    """Return the numbers of a few rows that flipped, as the probes noted them."""
    for outcome in e.outcomes:
        for record in outcome.records:
            for notice in record.notices:
                if notice.code.removeprefix("examination.") in names:
                    listed = notice.text.en.partition("for example row ")[2].partition(" (")[0]
                    return ", ".join(listed.split(", ")[:MOST_EXAMPLES])
    return ""


def _red_flags(e: Examined) -> Seen:
    of, lowered, plain = (int(e.number(f"flags.{name}")) for name in ("of", "lowered", "plain_lowered"))
    if not of:
        ko = "응급도 순서로 된 라벨이 아니어서 해당하지 않습니다."
        return e.seen("not_applicable", ko, "The labels are not levels of urgency.")
    shift, error = e.number("flags.shift") - e.number("flags.plain_shift"), e.number("flags.shift_error")
    wrong = shift >= max(LEVEL, FLAG_Z * error)
    ko = (
        f"위험 신호(의식 없음, 호흡 없음)를 덧붙이면 {e.name}의 응급도가 평균 {shift:+.2f}단계 움직이고, {of}번 중 "
        f"{lowered}번은 "
        f"반 단계 넘게 낮아집니다(평범한 문장은 {plain}번)."
    )
    en = (
        f"A red flag (no consciousness, no breathing) moves the level of {e.name} by {shift:+.2f} on average, and "
        f"lowers the urgency by more than half a level {lowered} times of {of} (a plain sentence: {plain})."
    )
    return e.seen("issue" if wrong else "passed", ko, en, shift=shift, lowered=lowered, asked=of, plain_lowered=plain)


KNOWS_WORDS = Check(
    code="TB330",
    title=Sentence("새 글의 낱말을 압니다", "It knows the words of new texts"),
    why=Sentence(
        "한국어 어절은 조사와 어미 때문에 끝없이 많아, 어절 사전은 새 글의 절반을 모릅니다.",
        "Particles and endings make eojeols endless: a vocabulary of them misses half of a new text.",
    ),
    threshold=Sentence(
        "바꾸어도 확률이 그대로인 낱말이 새 글에서 35% 이상, 학습 글에서 15% 이하이거나, 아는 낱말이 없는 새 글이 10% "
        "이상이고, 글자를 읽는 기준 모델이 오차 이상으로 나으면 문제입니다. 더 낫지 않거나, 학습 글을 외운 모델"
        "(TB321)이 새 글에서 잃는 점수가 모르는 몫의 2배를 넘으면 참고로 알립니다.",
        "An issue where replacing a word changes nothing for 35% of the words of new texts and for 15% at most of "
        "training texts, or 10% of new texts hold no known word, and the yardstick over characters is better beyond "
        "noise; a tip where it is not, or where a model that memorises (TB321) loses more than 2 times the unknown "
        "share on new texts.",
    ),
    causes=("language.tokenization",),
    look=each_examined("texts", ("words.test_of",), _knows_words),
)

KEEPS_WORDS = Check(
    code="TB331",
    title=Sentence("학습한 글의 낱말을 버리지 않습니다", "It keeps the words it was trained on"),
    why=Sentence(
        "사전이 너무 작으면 라벨을 정하는 낱말이 학습할 때부터 버려집니다.",
        "With a vocabulary that is too small the deciding words are thrown away even in training.",
    ),
    threshold=Sentence(
        "아는 낱말이 없는 학습 글이 25% 이상이거나, 5% 이상이면서 학습 글의 낱말 60% 이상이 아무것도 바꾸지 않고, "
        "기준 "
        "모델이 오차 이상으로 나으면 문제입니다.",
        "An issue where 25% of training texts hold no known word, or 5% while 60% of their words change nothing, and "
        "the yardstick is better beyond noise.",
    ),
    causes=("language.truncation",),
    look=each_examined("texts", ("words.train_of",), _keeps_words),
)

READS_ON = Check(
    code="TB332",
    title=Sentence("글을 끝까지 읽습니다", "It reads to the end"),
    why=Sentence(
        "길이 제한 너머에 있는 낱말은 답에 닿지 못합니다.", "Words beyond a length limit never reach the answer."
    ),
    threshold=Sentence(
        "그 너머를 바꾸어도 어느 행의 확률도 변하지 않는 길이가 있고, 전체 어절의 20% 이상이 그 너머에 있으며, 기준 "
        "모델이 "
        "오차 이상으로 나으면 문제입니다.",
        "An issue where beyond some length nothing changes any row, 20% of all words stand beyond it, and the "
        "yardstick is better beyond noise.",
    ),
    causes=("language.truncation",),
    look=each_examined("texts", ("reach.of",), _reads_on),
)

READS_HANGUL = Check(
    code="TB333",
    title=Sentence("한글을 읽습니다", "It reads Hangul"),
    why=Sentence(
        "영문 예제의 정규식은 한글을 모두 지워, 숫자와 영문자만 남깁니다.",
        "A clean-up regex from an English example strips all Hangul and leaves digits and Latin letters.",
    ),
    threshold=Sentence(
        "한글 낱말을 모두 바꾸어도 95% 이상의 행에서 확률이 그대로이고, 한글이 아닌 것에는 반응하면 문제입니다. 학습이 "
        "발산한 모델(손실이 고르게 답할 때의 1.5배 이상)은 판단하지 않습니다.",
        "An issue where 95% of the rows keep their probabilities with all Hangul words replaced, while other "
        "characters do change them. Not judged where training diverged (a loss of 1.5 times that of answering evenly).",
    ),
    causes=("language.encoding",),
    look=each_examined("texts", ("hangul.of",), _reads_hangul),
)

SMALL_CHANGES = Check(
    code="TB334",
    title=Sentence("작은 변화에 답이 흔들리지 않습니다", "Small changes do not flip the answer"),
    why=Sentence(
        "조사 하나, 공백 하나로 답이 바뀌면 모델은 문장을 뜻이 아니라 모양으로 외운 것입니다.",
        "If a particle or a space flips the answer, the model knows sentences by their looks.",
    ),
    threshold=Sentence(
        "공백을 바꾸어 10%, 조사나 문장 끝을 바꾸어 30% 이상의 답이 바뀌면 참고로 알립니다. 10행 미만이면 판단하지 "
        "않습니다.",
        "A tip where spaces flip 10% of the answers, or a particle or sentence end 30%; not judged below 10 rows.",
    ),
    causes=(),
    look=each_examined("texts", ("edits.spaces_of",), _small_changes),
)

RED_FLAGS = Check(
    code="TB335",
    title=Sentence("위험 신호가 응급도를 낮추지 않습니다", "A red flag does not lower the urgency"),
    why=Sentence(
        "의식이 없다는 말을 덧붙였는데 덜 급하다고 답하는 모델은 쓰면 안 됩니다.",
        "A model that answers less urgent when told of lost consciousness must not be used.",
    ),
    threshold=Sentence(
        "위험 신호가 평범한 문장보다 응급도를 평균 0.10단계와 표준오차의 3배 이상 낮추면 문제입니다.",
        "An issue where red flags lower the urgency by 0.10 levels and 3 standard errors more than plain sentences do.",
    ),
    causes=(),
    look=each_examined("texts", ("words.test_of",), _red_flags),
)
