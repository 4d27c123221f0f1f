"""TB50x: texts that repeat, labels that contradict each other on one text, and copies on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, macro_f1

REPEATED = 0.01
"""Share of rows that repeat another row's text from which on it is worth a word."""

CONFLICTING, CONFLICTS = 0.01, 0.15
"""Share of rows whose text also carries another label: worth a word, and an issue. Measured: 0.15
accused no healthy sample of four Korean data sets."""

NEAR = 0.25
"""Share of rows with a near-duplicate (cosine of character n-grams at least 0.5) above which copies can
carry a score: part of a rule that found 93.5 % of planted paraphrases and accused no healthy sample. By
itself it is no fault: some honest data is repetitive."""

LEAKING, LEAKED = 0.01, 0.05
"""Share of test rows with a copy in training: worth a word, and an issue. If all of 5 % are answered from
memory, an accuracy of 0.7 gains 0.015, as much as one standard error on 1,000 rows. Near-duplicates are an issue
where `NEAR` of the test rows have one and a close copy (cosine 0.6) as well: a fair cut of simulated triage sentences
has near-duplicates for 8 % of its test rows at 500 rows and for 35 % at 5,000, close copies for 1 % and 10 %; cuts of
edited copies have them for 90 % and for 70 %, at any size."""

GROUPED_DROP = 0.05
"""Loss of macro-F1 under a grouped split that counts as leakage, if it exceeds its noise as well."""

SHARED = {
    "group": ("test_rows_sharing_group", Sentence("같은 묶음", "a group")),
    "text": ("test_rows_sharing_text", Sentence("같은 글", "a text")),
    "near-duplicate": ("test_rows_sharing_near_duplicate", Sentence("거의 같은 글", "a near-duplicate")),
    "close-copy": ("test_rows_sharing_close_copy", Sentence("더 가까운 글(코사인 0.6)", "a close copy (cosine 0.6)")),
}
"""What a test row can share with training: the fact that counts it, and its name."""


def _not_looked_for(ko: str, en: str) -> Seen:
    return Seen("not_applicable", Sentence(ko=ko, en=en))


def _split(case: Case) -> str:
    return case.candidates[0].protocol.split if case.candidates else ""


def _repeated_texts(case: Case) -> Iterator[Seen]:
    distinct, rows = case.fact("distinct_texts"), case.dataset.rows
    repeated = case.noticed("text.duplicate") if distinct is None else rows - int(distinct)
    if repeated is None or not rows:
        yield _not_looked_for("반복된 글을 세지 않았습니다.", "Repeated texts were not counted.")
        return
    many = repeated >= REPEATED * rows
    loose = many and _split(case) == "stratified"
    tail = Sentence("", "")
    if loose:
        tail = Sentence(" 지금의 분할은 같은 글을 양쪽에 둡니다.", " The split in use puts copies on both sides.")
    elif many:
        tail = Sentence(" 반복된 글만큼 자료는 행 수보다 작습니다.", " The data is smaller than its rows by that much.")
    text = Sentence(
        ko=f"{rows}행 중 {repeated}행({repeated / rows:.1%})이 앞선 행의 글을 그대로 되풀이합니다.{tail.ko}",
        en=f"{repeated} of {rows} rows ({repeated / rows:.1%}) repeat the text of an earlier row.{tail.en}",
    )
    yield Seen("issue" if loose else "tip" if many else "passed", text, {"repeated": repeated, "rows": rows})


def _conflicting_labels(case: Case) -> Iterator[Seen]:
    fact, rows = case.fact("conflicting_rows"), case.dataset.rows
    count = case.noticed("text.conflict") if fact is None else fact
    if count is None or not rows:
        yield _not_looked_for("같은 글의 라벨을 비교하지 않았습니다.", "Labels of identical texts were not compared.")
        return
    share, conflicting = count / rows, int(count)
    result = "issue" if share >= CONFLICTS else "tip" if share >= CONFLICTING else "passed"
    tail = Sentence("", "")
    if result != "passed":
        tail = Sentence(
            " 라벨이 틀렸거나, 글에 없는 정보로 라벨을 정한 것입니다. 어떤 모델도 이 행을 모두 맞힐 수는 없습니다.",
            " Either labels are wrong or they rest on something the text lacks; no model can get all of these right.",
        )
    text = Sentence(
        ko=f"{rows}행 중 {conflicting}행({share:.1%})은 글자까지 같은 다른 행과 라벨이 다릅니다.{tail.ko}",
        en=f"{conflicting} of {rows} rows ({share:.1%}) share their exact text with a row of another label.{tail.en}",
    )
    yield Seen(result, text, {"conflicting": conflicting, "rows": rows, "share": round(share, 4)})  # type: ignore[arg-type]


def _near_duplicates(case: Case) -> Iterator[Seen]:
    count, rows = case.fact("near_duplicate_rows"), case.dataset.rows
    if count is None or not rows:
        yield _not_looked_for("거의 같은 글을 찾지 않았습니다.", "Near-duplicates were not looked for.")
        return
    near, many, split = int(count), count >= NEAR * rows, _split(case)
    loose = many and split == "stratified"
    agreement, chance = case.fact("near_duplicate_label_agreement"), case.fact("chance_label_agreement")
    numbers: dict[str, float | int] = {"near_duplicates": near, "rows": rows}
    same = Sentence("", "")
    if agreement is not None and chance is not None and near:
        numbers |= {"label_agreement": round(agreement, 4), "chance_agreement": round(chance, 4)}
        same = Sentence(
            f" 거의 같은 두 글의 라벨이 일치하는 비율은 {agreement:.2f}(우연이면 {chance:.2f})입니다.",
            f" The labels of two such texts agree in {agreement:.2f} of cases (by chance {chance:.2f}).",
        )
    tail = Sentence("", "")
    if many:
        tail = Sentence(
            " 글이 서로 비슷하여 자료는 행 수보다 작습니다." if not loose else " 지금의 분할은 이들을 양쪽에 둡니다.",
            " Texts resemble each other, so the data is smaller than its rows."
            if not loose
            else " The split in use puts them on both sides.",
        )
    text = Sentence(
        ko=f"{rows}행 중 {near}행({near / rows:.1%})에 거의 같은 글이 더 있습니다.{same.ko}{tail.ko}",
        en=f"{near} of {rows} rows ({near / rows:.1%}) have a near-duplicate.{same.en}{tail.en}",
    )
    yield Seen("issue" if loose else "tip" if many else "passed", text, numbers)


def _copies_across(case: Case) -> Iterator[Seen]:
    split = _split(case)
    if split in ("grouped", "near-duplicate"):
        kept = Sentence("같은 묶음의", "a group") if split == "grouped" else Sentence("거의 같은", "near-duplicates")
        text = Sentence(
            ko=f"이 분할은 {kept.ko} 글을 한쪽에만 둡니다. 말을 바꾼 글까지 찾아낸다는 뜻은 아닙니다.",
            en=f"This split keeps {kept.en} on one side. That does not say it knows every paraphrase.",
        )
        yield Seen("passed", text, {"split": split})
        return
    test = case.fact("test_rows")
    known = {kind: value for kind, (name, _) in SHARED.items() if (value := case.fact(name)) is not None}
    if split != "official" or not test or not known:
        yield _not_looked_for(
            "공개된 분할이 없거나, 양쪽에 있는 글을 세지 않았습니다.",
            "There is no published split, or copies on both sides were not counted.",
        )
        return
    kind = max(known, key=lambda one: known[one])
    yield _judge_copies(int(test), {one: int(value) for one, value in known.items()}, kind)


def _judge_copies(test: int, known: dict[str, int], kind: str) -> Seen:
    worst, share = known[kind], known[kind] / test
    listed = Sentence(
        ko=", ".join(f"{SHARED[one][1].ko} {count}행({count / test:.1%})" for one, count in known.items()),
        en=", ".join(f"{SHARED[one][1].en}: {count} ({count / test:.1%})" for one, count in known.items()),
    )
    close = known.get("close-copy", known.get("near-duplicate", 0))
    leaks = close >= NEAR * test or any(known.get(one, 0) >= LEAKED * test for one in ("group", "text"))
    text = Sentence(
        ko=f"공개된 분할의 평가 행 {test}개 중 학습 쪽과 공유하는 행: {listed.ko}."
        + (" 이 분할의 점수는 외운 것을 포함하므로 새 문장에서는 낮아집니다." if leaks else ""),
        en=f"Of {test} test rows of the published split, these share with training {listed.en}."
        + (" The score of this split contains what was memorised and will be lower on new sentences." if leaks else ""),
    )
    numbers: dict[str, float | int | str] = {SHARED[one][0]: count for one, count in known.items()}
    numbers |= {"test_rows": test, "share": round(share, 4), "shared": kind, "shared_rows": worst}
    return Seen("issue" if leaks else "tip" if share >= LEAKING else "passed", text, numbers)


def _grouped_score(case: Case) -> Iterator[Seen]:
    pairs = [(one, other) for one in case.candidates if (other := _grouped_twin(one, case)) is not None]
    if not pairs:
        yield _not_looked_for(
            "묶음을 지켜 나눈 분할과 견줄 점수가 없습니다.", "There is no score under a grouped split to compare with."
        )
        return
    ready = [(one, other) for one, other in pairs if one.complete and other.complete]
    if not ready:
        yield Seen("skipped", unfinished([outcome for pair in pairs for outcome in pair]))
        return
    yield _judge_drop(*max(ready, key=lambda pair: macro_f1(pair[0].predictions, case.classes).value), case.classes)


def _grouped_twin(outcome: Outcome, case: Case) -> Outcome | None:
    """Return the same recipe on the same rows with groups kept together.

    Found in the same data set under another split, or in the data set named ``NAME-grouped``.
    """
    if outcome.protocol.split == "grouped":
        return None
    for name in (case.dataset.name, f"{case.dataset.name}-grouped"):
        for other in case.run.where(dataset=name, model=outcome.recipe.model, tuned=outcome.tuned):
            if (
                other.recipe.name == outcome.recipe.name
                and other.protocol.split == "grouped"
                and other.protocol.labels == "given"
                and other.protocol.scored_rows == "test"
                and other.protocol.train_rows is None
            ):
                return other
    return None


def _judge_drop(loose: Outcome, grouped: Outcome, classes: int) -> Seen:
    first, second = macro_f1(loose.predictions, classes), macro_f1(grouped.predictions, classes)
    drop, error = first.value - second.value, hypot(first.error, second.error)
    leaks = drop >= GROUPED_DROP and drop > Z95 * error
    name, rows, others = loose.recipe.name, len(loose.predictions), len(grouped.predictions)
    text = Sentence(
        ko=f"{name}의 macro-F1은 원래 분할({rows}행)에서 {first.value:.3f}, 묶음을 지킨 분할({others}행)에서 "
        f"{second.value:.3f}입니다. 떨어진 폭은 {drop:.3f}(표준오차 {error:.3f})입니다."
        + (" 새로운 출처의 문장에서 기대할 점수는 뒤쪽입니다." if leaks else ""),
        en=f"{name} has a macro-F1 of {first.value:.3f} under the given split ({rows} rows) and of {second.value:.3f} "
        f"with groups kept together ({others} rows): a drop of {drop:.3f} (standard error {error:.3f})."
        + (" The latter is what to expect on sentences from new sources." if leaks else ""),
    )
    numbers = {
        "macro_f1": round(first.value, 4),
        "macro_f1_grouped": round(second.value, 4),
        "drop": round(drop, 4),
        "standard_error": round(error, 4),
        "rows": rows,
        "rows_grouped": others,
    }
    return Seen("issue" if leaks else "passed", text, numbers, (*loose.keys, *grouped.keys))


REPEATED_TEXTS = Check(
    code="TB501",
    title=Sentence("글이 그대로 반복되지 않습니다", "Texts are not repeated"),
    why=Sentence(
        "같은 글이 여러 번 있으면 자료가 실제보다 커 보이고, 아무렇게나 나누면 양쪽에 놓입니다.",
        "Repeated texts make data look larger than it is, and a random split puts them on both sides.",
    ),
    threshold=Sentence(
        "앞선 행과 글이 같은 행이 1% 이상이면 알리고, 분할이 그런 글을 양쪽에 두면 문제로 봅니다. 1%면 점수에 미치는 "
        "영향이 0.01을 넘지 못합니다.",
        "Reported from 1% of rows on; an issue if the split puts them on both sides. Below 1% they move the score by "
        "less than 0.01.",
    ),
    causes=("data.leakage",),
    look=_repeated_texts,
)

CONFLICTING_LABELS = Check(
    code="TB502",
    title=Sentence("같은 글에는 같은 라벨이 붙어 있습니다", "Identical texts carry the same label"),
    why=Sentence(
        "같은 글에 다른 라벨이 붙어 있으면, 그 수만큼은 어떤 모델도 맞힐 수 없습니다.",
        "Where one text carries several labels, no model can be right on all of them.",
    ),
    threshold=Sentence(
        "라벨이 엇갈리는 행이 1% 이상이면 알리고, 15% 이상이면 문제로 봅니다. 미리 측정한 정상 한국어 자료 4종에는 "
        "그만큼 엇갈린 표본이 없었습니다.",
        "Reported from 1% of rows on, an issue from 15% on: no healthy sample of 4 Korean data sets measured "
        "beforehand exceeded it.",
    ),
    causes=("data.labels",),
    look=_conflicting_labels,
)

NEAR_DUPLICATES = Check(
    code="TB503",
    title=Sentence("글이 서로 충분히 다릅니다", "Texts are really different from each other"),
    why=Sentence(
        "거의 같은 글이 많으면 행 수가 많아도 배울 것은 적고, 나누는 방법에 따라 점수가 부풀려집니다.",
        "Many near-duplicates teach little for their number, and inflate the score of a careless split.",
    ),
    threshold=Sentence(
        "글자 n-그램의 코사인 유사도가 0.5 이상인 다른 글이 있는 행이 25% 이상이면 알립니다. 고쳐 쓴 글을 일부러 섞은 "
        "자료의 93.5%를 찾아낸 규칙의 일부입니다. 원래 되풀이가 많은 자료도 있으므로, 분할이 그런 글을 양쪽에 둘 때만 "
        "문제로 봅니다.",
        "Reported where 25% of rows have another text with a cosine of character n-grams of at least 0.5: part of a "
        "rule that found 93.5% of data with planted paraphrases. Some honest data is repetitive, so it is an issue "
        "only where the split puts such texts on both sides.",
    ),
    causes=("data.leakage",),
    look=_near_duplicates,
)

COPIES_ACROSS = Check(
    code="TB504",
    title=Sentence("학습 쪽과 평가 쪽에 같은 내용이 없습니다", "No copies on both sides of the split"),
    why=Sentence(
        "평가 문장의 원본이 학습 쪽에도 있으면, 이해하지 않고 외워도 맞힙니다.",
        "If the source of a test sentence stands in training too, memory is enough to answer it.",
    ),
    threshold=Sentence(
        "글, 거의 같은 글, 또는 묶음을 학습 쪽과 공유하는 평가 행이 1% 이상이면 알리고, 5%(거의 같은 글은 코사인 "
        "0.6에서 25%) 이상이면 문제로 봅니다. 5%를 모두 외워 맞히면 정확도 0.7에서 0.015가 오르며, 이는 1,000행에서의 "
        "표준오차와 같습니다.",
        "Reported from 1% of the test rows on that share a text, near-duplicate or group with training, an issue from "
        "5% (near-duplicates: 25% at a cosine of 0.6) on: answering 5% from memory lifts an accuracy of 0.7 by 0.015, "
        "one standard error on 1,000 rows.",
    ),
    causes=("data.leakage",),
    look=_copies_across,
)

GROUPED_SCORE = Check(
    code="TB505",
    title=Sentence("묶음을 지켜 나누어도 점수가 유지됩니다", "The score holds when groups are kept together"),
    why=Sentence(
        "같은 원본의 글을 한쪽에만 둘 때 점수가 떨어지면, 그만큼은 외운 점수입니다.",
        "What a score loses when texts of one source are kept together was memorised.",
    ),
    threshold=Sentence(
        "같은 모델의 macro-F1이 0.05 이상, 그리고 표준오차의 1.96배보다 많이 낮아지면 문제로 봅니다.",
        "An issue where the macro-F1 of the same model falls by at least 0.05 and by more than 1.96 standard errors.",
    ),
    causes=("data.leakage",),
    look=_grouped_score,
)
