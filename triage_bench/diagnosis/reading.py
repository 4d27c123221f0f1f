"""TB751–TB753: what of a text the score rests on: its unit, its beginning, its order, one word."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from triage_bench.core.record import RunRecord
from triage_bench.core.run import Outcome
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.beside import LEARNER, OWN, beside, not_run
from triage_bench.diagnosis.case import Case, unfinished
from triage_bench.diagnosis.check import Check, Seen
from triage_bench.diagnosis.noise import Z95, Estimate, difference, macro_f1, macro_f1_influence

LEAST, PER_ROOT = 0.02, 0.8
"""Two adequate units differ by less than ``0.8 / sqrt(rows)`` (0 to 1 of 114 samples exceeded it)."""

ONE_WORD = 0.80
"""Share of the score above that of no model that one word per text may keep before it is worth a word."""

PREFIXES = (10, 20, 40)


def tolerance(rows: int) -> float:
    """Return the difference between two adequate units that chance explains on this many rows."""
    return max(LEAST, PER_ROOT / sqrt(max(rows, 1)))


def _units(case: Case) -> Iterator[Seen]:
    planned = case.planned("tokenizer")
    if not planned:
        yield not_run("토큰 단위를 바꾸어 비교하는", "compare units of tokens")
        return
    done = [one for one in planned if one.complete]
    if len(done) < 2:
        yield Seen("skipped", unfinished(planned))
        return
    scores = {one.recipe.tokenizer: macro_f1(one.predictions, case.classes) for one in done}
    unknown = {one.recipe.tokenizer: one.mean(_unknown) for one in done}
    ranked = sorted(scores, key=lambda unit: -scores[unit].value)
    limit = tolerance(len(done[0].predictions))
    behind = [unit for unit in ranked if scores[ranked[0]].value - scores[unit].value >= limit]
    listed = Sentence(
        ko=", ".join(f"{unit} {scores[unit].value:.3f}(모르는 토큰 {_percent(unknown[unit])})" for unit in ranked),
        en=", ".join(f"{unit} {scores[unit].value:.3f} (unknown tokens {_percent(unknown[unit])})" for unit in ranked),
    )
    text = Sentence(
        ko=f"같은 선형 모델의 토큰 단위별 macro-F1({len(done[0].predictions):,}행): {listed.ko}."
        + (f" {', '.join(behind)} 단위는 {limit:.3f} 이상 뒤집니다." if behind else ""),
        en=f"Macro-F1 of one linear model by unit of tokens ({len(done[0].predictions):,} rows): {listed.en}."
        + (f" Behind by {limit:.3f} or more: {', '.join(behind)}." if behind else ""),
    )
    numbers: dict[str, float | int | str] = {
        "best": ranked[0],
        "behind": ", ".join(behind),
        "tolerance": round(limit, 4),
    }
    numbers |= {f"macro_f1 {unit}": round(scores[unit].value, 4) for unit in ranked}
    numbers |= {f"unknown_share {unit}": round(share, 4) for unit, share in unknown.items() if share is not None}
    yield Seen("tip" if behind else "passed", text, numbers, tuple(key for one in done for key in one.keys))


def _unknown(record: RunRecord) -> float | None:
    share = record.facts.get("unknown_share")
    return None if share is None else float(share)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _prefixes(case: Case) -> Iterator[Seen]:
    kept = {length: _loss(case, f"prefix-{length}") for length in PREFIXES}
    found = {length: loss for length, loss in kept.items() if loss is not None}
    if not found:
        planned = [one for length in PREFIXES for one in case.planned(f"prefix-{length}")]
        yield Seen("skipped", unfinished(planned)) if planned else not_run("앞부분만 읽는", "read only the beginning")
        return
    rows = len(next(iter(found.values()))[1].predictions)
    limit = tolerance(rows)
    costly = [length for length, (loss, _) in found.items() if loss.value >= limit and loss.value > Z95 * loss.error]
    listed = ", ".join(f"{length}: {-loss.value:+.3f}" for length, (loss, _) in found.items())
    longest = max(costly, default=0)
    text = Sentence(
        ko=f"앞 글자만 읽을 때 macro-F1의 변화({LEARNER}, {rows:,}행): {listed}."
        + (
            f" 글을 {longest}자에서 자르면 점수를 잃으므로, 길이 제한을 그보다 길게 두십시오."
            if longest
            else " 앞부분만으로도 점수가 유지됩니다."
        ),
        en=f"Change of macro-F1 when only the first characters are read ({LEARNER}, {rows:,} rows): {listed}."
        + (
            f" Cutting texts at {longest} characters costs score; keep any length limit above that."
            if longest
            else " The beginning is enough."
        ),
    )
    numbers: dict[str, float | int | str] = {
        f"loss_{length}": round(loss.value, 4) for length, (loss, _) in found.items()
    }
    numbers |= {"tolerance": round(limit, 4), "rows": rows}
    yield Seen("tip" if longest else "passed", text, numbers, tuple(k for _, one in found.values() for k in one.keys))


def _words(case: Case) -> Iterator[Seen]:
    order, word = _loss(case, "words-shuffled"), _loss(case, "strongest-token")
    if order is None or word is None:
        planned = [one for purpose in ("words-shuffled", "strongest-token") for one in case.planned(purpose)]
        yield (
            Seen("skipped", unfinished(planned))
            if planned
            else not_run("낱말을 섞거나 하나만 읽는", "shuffle or cut words")
        )
        return
    outcome = word[1]
    whole = beside(case, outcome, OWN)
    assert whole is not None
    full = macro_f1(whole.predictions, case.classes).value
    floor = 1 / max(case.classes, 2)
    kept = max(0.0, (full - word[0].value - floor)) / max(full - floor, 1e-9) if full > floor else 0.0
    alone, rows = kept >= ONE_WORD and full - floor >= LEAST, len(outcome.predictions)
    text = Sentence(
        ko=f"낱말의 순서를 섞으면 macro-F1이 {-order[0].value:+.3f}, 문장마다 가장 강한 어절 하나만 읽으면 "
        f"{-word[0].value:+.3f} 달라집니다({LEARNER}, {rows:,}행). 한 어절이 우연을 넘는 점수의 {kept:.0%}를 냅니다."
        + (" 점수가 몇 낱말에 기대고 있으니, 그 낱말이 실제로 판단 기준인지 확인하십시오." if alone else ""),
        en=f"Shuffling the words changes macro-F1 by {-order[0].value:+.3f}, reading only the strongest eojeol of "
        "each text "
        f"by {-word[0].value:+.3f} ({LEARNER}, {rows:,} rows). One eojeol makes {kept:.0%} of the score above chance."
        + (" The score rests on single words: check that these are what the label should depend on." if alone else ""),
    )
    numbers = {
        "loss_words_shuffled": round(order[0].value, 4),
        "loss_strongest_token": round(word[0].value, 4),
        "kept_by_one_word": round(kept, 4),
        "macro_f1": round(full, 4),
        "rows": rows,
    }
    yield Seen("tip" if alone else "passed", text, numbers, (*order[1].keys, *outcome.keys))


def _loss(case: Case, purpose: str) -> tuple[Estimate, Outcome] | None:
    """Return what a reading costs beside the whole texts, where both were measured."""
    for outcome in case.finished(purpose, LEARNER):
        whole = beside(case, outcome, OWN)
        if whole is not None:
            return difference(macro_f1_influence, whole.predictions, outcome.predictions, case.classes), outcome
    return None


UNITS = Check(
    code="TB751",
    title=Sentence("토큰 단위가 점수를 좌우하지 않습니다", "The unit of tokens does not decide the score"),
    why=Sentence(
        "적은 한국어 자료를 어절로 자르면 평가 문장의 토큰 대부분이 처음 보는 것이 됩니다.",
        "Cut into eojeol, small Korean data leaves most tokens of a new sentence unknown.",
    ),
    threshold=Sentence(
        "가장 나은 단위보다 0.02와 0.8/√행수 가운데 큰 값 이상 뒤지는 단위가 있으면 알립니다. 알맞은 두 단위의 "
        "차이는 그보다 "
        "작습니다.",
        "Reported for units that fall behind the best by the larger of 0.02 and 0.8/√rows; adequate ones differ by "
        "less.",
    ),
    causes=(),
    look=_units,
)

BEGINNING = Check(
    code="TB752",
    title=Sentence("글의 앞부분만으로도 점수가 유지됩니다", "The beginning of a text is enough"),
    why=Sentence(
        "모델에 길이 제한이 있으면 결정적인 말이 잘려 나갈 수 있습니다.",
        "A model with a length limit may lose the words that decide.",
    ),
    threshold=Sentence(
        "앞 10·20·40자만 읽을 때 0.02와 0.8/√행수 가운데 큰 값 이상, 오차를 넘어 잃으면 알립니다.",
        "Reported where reading 10, 20 or 40 characters loses the larger of 0.02 and 0.8/√rows, beyond its error.",
    ),
    causes=(),
    look=_prefixes,
)

SINGLE_WORDS = Check(
    code="TB753",
    title=Sentence("점수가 낱말 하나에 기대지 않습니다", "The score does not rest on single words"),
    why=Sentence(
        "문장마다 낱말 하나로 라벨을 맞힐 수 있으면, 모델은 문장을 읽지 않아도 됩니다.",
        "Where one word per text gives the label away, a model need not read the sentence.",
    ),
    threshold=Sentence(
        "가장 강한 어절 하나가 우연(1/K)을 넘는 점수의 80% 이상을 내면 알립니다. 중심 낱말로 판단하는 과제도 "
        "있으므로 문제로는 "
        "보지 않습니다.",
        "Reported where the strongest eojeol alone makes 80% of the score above chance (1/K); never an issue, since "
        "some "
        "tasks are decided by a word.",
    ),
    causes=(),
    look=_words,
)
