"""From findings to a verdict: what is most likely wrong, what was ruled out, what to do next.

The rules stand in `triage_bench.diagnosis.causes`; this file only applies them.

1. A cause is *raised* by the findings of its rule, as sure as the surest of them.
2. It is halved where a cause it yields to is likely itself (that one explains the same findings), and where
   the finding concerns one built-in model while another does better (then the data is not stuck).
3. Causes are ranked by confidence. One of at least `HEADLINE` becomes the headline.
4. Otherwise the data counts as healthy: at best as sure as `SOUND`, less so for every cause that was asked about
   and stays open. Where not even the comparison with chance could be made, the verdict is that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triage_bench.core.finding import Cause, Finding, Verdict
from triage_bench.core.run import Run
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis.advice import ADVICE
from triage_bench.diagnosis.case import Case
from triage_bench.diagnosis.causes import RULES
from triage_bench.diagnosis.check import findings_of
from triage_bench.diagnosis.model_words import model_summary, step_for, steps_when_sound
from triage_bench.diagnosis.noise import macro_f1
from triage_bench.diagnosis.rule import LIKELY, Rule, Sign

__all__ = ["HEADLINE", "findings_of", "verdicts_of"]

HEADLINE = 0.5
"""A cause less likely than not is listed, never announced."""
NOT_THE_BEST = 0.5
"""Weight of a finding about a model that another built-in model surpasses."""
EXPLAINED = 0.5
"""Weight of a cause where another one explains the same findings."""
EXPLAINING = LIKELY
"""How sure the other one has to be: what is merely true in the background explains nothing that was found."""
SOUND = 0.95
"""How sure "nothing found" can be. Of 100 files of the setting part that were called healthy, 5 were not: labels were
wrong for 10 % of the rows in three, for 20 % in one, and for 30 % in one of 200 rows."""
NOT_ASKED = 0.5
"""How much a cause counts as ruled out that could not apply, or that this run did not look for."""
NEEDED = "TB101"
"""Without the comparison with chance nothing can be said about a data set."""

_RULE = {rule.cause: rule for rule in RULES}


def verdicts_of(run: Run, findings: Sequence[Finding]) -> tuple[Verdict, ...]:
    """Return one verdict per data set on the data and the built-in models, and one per model a user brought to it.

    Where a run has data that it asks about, reference data that only stands beside it for comparison gets none.

    Parameters
    ----------
    run
        What was planned and what came out.
    findings
        What `findings_of` returned for it.
    """
    cases = [Case(run, summary) for summary in run.plan.datasets if summary.status == "ok"]
    asked = [case for case in cases if not case.is_yardstick] or cases
    return tuple(
        verdict
        for case in asked
        for verdict in _verdicts(case, [one for one in findings if one.dataset == case.dataset.name])
    )


def _verdicts(case: Case, findings: Sequence[Finding]) -> Iterator[Verdict]:
    names = [recipe.name for recipe in case.brought]
    yield verdict_of(case, [one for one in findings if one.model not in names])
    for name in names:
        yield model_verdict_of(case, name, [one for one in findings if one.model == name])


def model_verdict_of(case: Case, name: str, findings: Sequence[Finding]) -> Verdict:
    """Judge a user's own model by what was found about it; what holds of the data is said in the data's verdict."""
    raised = ranked_causes(case, findings, name)
    cleared = tuple(rule.cause for rule in RULES if _is_cleared(rule, findings))
    cleared = tuple(cause for cause in cleared if cause not in {one.cause for one in raised})
    if not raised or raised[0].confidence < HEADLINE:
        raised = (_nothing_found_in_model(findings, cleared), *raised)
    first = raised[0]
    rule = _RULE.get(first.cause)
    steps = [step_for(one, _RULE[one.cause], findings) for one in raised if one.cause in _RULE]
    return Verdict(
        dataset=case.dataset.name,
        model=name,
        area=rule.area if rule else "none",
        cause=first.cause,
        confidence=first.confidence,
        causes=raised,
        cleared=cleared,
        summary=model_summary(case, name, first, rule, findings),
        next_steps=tuple([*steps_when_sound(case, name, findings), *steps] if rule is None else steps),
    )


def _nothing_found_in_model(findings: Sequence[Finding], cleared: Sequence[str]) -> Cause:
    """Return that a model is sound, as sure as the share of causes ruled out among those its checks look for."""
    codes = {one.code for one in findings}
    examined = [rule for rule in RULES if codes & set(rule.cleared_by)]
    if not any(one.code == "TB310" and one.outcome in ("passed", "tip", "not_applicable") for one in findings):
        return Cause("undecided", 0.0, ())
    passed = sorted({one.code for one in findings if one.outcome == "passed"})
    return Cause("healthy", _soundness(examined, cleared, findings), tuple(passed))


def verdict_of(case: Case, findings: Sequence[Finding]) -> Verdict:
    """Judge one data set by its findings."""
    raised = ranked_causes(case, findings)
    cleared = tuple(rule.cause for rule in RULES if _is_cleared(rule, findings))
    cleared = tuple(cause for cause in cleared if cause not in {one.cause for one in raised})
    if not raised or raised[0].confidence < HEADLINE:
        raised = (_nothing_found(findings, cleared), *raised)
    first = raised[0]
    rule = _RULE.get(first.cause)
    return Verdict(
        dataset=case.dataset.name,
        model=None,
        area=rule.area if rule else "none",
        cause=first.cause,
        confidence=first.confidence,
        causes=raised,
        cleared=cleared,
        summary=_summary(case, first, cleared, len(raised)),
        next_steps=tuple(_next_steps(case, raised, findings)),
    )


def ranked_causes(case: Case, findings: Sequence[Finding], model: str | None = None) -> tuple[Cause, ...]:
    """Return every cause that some finding speaks for, surest first; of one brought model where it is named."""
    best = model or (case.best.recipe.name if case.best else None)
    raised = {rule.cause: signs for rule in RULES if (signs := _signs(rule, findings, best))}
    causes, none = [], {"": 0.0}
    for cause, signs in raised.items():
        explained = any(max(raised.get(other, none).values()) >= EXPLAINING for other in _RULE[cause].yields_to)
        confidence = max(signs.values()) * (EXPLAINED if explained else 1.0)
        causes.append(Cause(cause, round(confidence, 2), tuple(signs)))
    return tuple(sorted(causes, key=lambda one: -one.confidence))


def _signs(rule: Rule, findings: Sequence[Finding], best: str | None) -> dict[str, float]:
    """Return the codes that raise a cause, and how sure each makes it."""
    found: dict[str, float] = {}
    told = {"", *(one.code for one in findings if one.outcome in ("issue", "tip"))}
    for sign in (one for one in rule.raised_by if one.beside in told):
        weight = max((_weight(sign, one, best) for one in findings if one.code == sign.code), default=0.0)
        if weight > 0:
            found |= {code: max(weight, found.get(code, 0.0)) for code in (sign.code, sign.beside) if code}
    return found


def _weight(sign: Sign, finding: Finding, best: str | None) -> float:
    if finding.outcome not in sign.outcomes:
        return 0.0
    surpassed = finding.model is not None and best is not None and finding.model != best
    return sign.confidence * (NOT_THE_BEST if surpassed else 1.0)


def _is_cleared(rule: Rule, findings: Sequence[Finding]) -> bool:
    """Whether a check that looks for a cause passed, and none of them was kept from passing."""
    outcomes = {one.outcome for one in findings if one.code in rule.cleared_by}
    return "passed" in outcomes and outcomes <= {"passed", "not_applicable"}


def _nothing_found(findings: Sequence[Finding], cleared: Sequence[str]) -> Cause:
    if not any(one.code == NEEDED and one.outcome == "passed" for one in findings):
        return Cause("undecided", 0.0, ())
    codes = {code for cause in cleared for code in _RULE[cause].cleared_by}
    passed = sorted({one.code for one in findings if one.code in codes and one.outcome == "passed"})
    asked = [rule for rule in RULES if rule.area == "data" or rule.cause == "language.encoding"]
    return Cause("healthy", _soundness(asked, cleared, findings), tuple(passed))


def _soundness(asked: Sequence[Rule], cleared: Sequence[str], findings: Sequence[Finding]) -> float:
    """Return `SOUND` times how much of what was asked about is ruled out."""
    looked = {one.code for one in findings if one.outcome not in ("not_applicable", "skipped", "muted")}
    parts = [1.0 if rule.cause in cleared else 0.0 if looked & set(rule.cleared_by) else NOT_ASKED for rule in asked]
    return round(SOUND * sum(parts) / max(len(parts), 1), 2)


def _summary(case: Case, first: Cause, cleared: Sequence[str], raised: int) -> Sentence:
    opening, score, rest = _opening(first), _score(case), _remaining(first, cleared, raised)
    return Sentence(ko=" ".join((opening.ko, score.ko, rest.ko)), en=" ".join((opening.en, score.en, rest.en)))


def _opening(first: Cause) -> Sentence:
    if first.cause == "undecided":
        return Sentence(
            ko="아직 판단할 수 없습니다. 우연 수준과 비교할 점수가 없습니다.",
            en="No verdict yet: there is no score to compare with chance.",
        )
    if first.cause == "healthy":
        return Sentence(
            ko=f"살펴본 범위에서는 점수를 막고 있는 원인이 없습니다(확신도 {first.confidence:.2f}).",
            en=f"Nothing that was examined holds the score back (confidence {first.confidence:.2f}).",
        )
    name, codes = _RULE[first.cause].name, ", ".join(first.evidence)
    return Sentence(
        ko=f"가장 가능성이 큰 원인: {name.ko}(확신도 {first.confidence:.2f}, 근거 {codes}).",
        en=f"Most likely cause: {name.en} (confidence {first.confidence:.2f}, evidence {codes}).",
    )


def _score(case: Case) -> Sentence:
    if case.best is None:
        return Sentence(ko="끝까지 측정된 모델이 없습니다.", en="No model was measured to the end.")
    score, rows = macro_f1(case.best.predictions, case.classes), len(case.best.predictions)
    return Sentence(
        ko=f"가장 나은 모델은 {case.best.recipe.name}이며, 평가한 {rows}행에서 macro-F1은 {score.value:.3f}입니다.",
        en=f"The best model is {case.best.recipe.name}: macro-F1 {score.value:.3f} on {rows} scored rows.",
    )


def _remaining(first: Cause, cleared: Sequence[str], raised: int) -> Sentence:
    named = raised - (first.cause in ("healthy", "undecided"))
    open_causes = len(RULES) - len(cleared) - named
    return Sentence(
        ko=f"알려진 원인 {len(RULES)}가지 중 {len(cleared)}가지는 배제했고, {named}가지는 의심되며, "
        f"{open_causes}가지는 이번 실행으로 알 수 없습니다.",
        en=f"Of {len(RULES)} known causes, ruled out: {len(cleared)}; suspected: {named}; not to be judged from this "
        f"run: {open_causes}.",
    )


def _next_steps(case: Case, causes: Sequence[Cause], findings: Sequence[Finding]) -> Iterator[Sentence]:
    """Yield what to do, most important first; never empty."""
    if any(one.code == "TB901" and one.outcome == "issue" for one in findings):
        yield Sentence(
            ko="끝나지 않은 작업의 이유를 고치고 같은 명령을 다시 실행하십시오. 끝나지 않은 작업만 실행됩니다.",
            en="Remove the reason why jobs did not finish and repeat the same command; only those jobs run.",
        )
    for one in causes:
        if one.cause == "healthy":
            yield _next_when_healthy(case)
        elif one.cause == "undecided":
            yield Sentence(
                ko="글을 읽는 모델 하나 이상을 끝까지 측정하십시오.",
                en="Measure at least one model that reads text to the end.",
            )
        else:
            advised = ADVICE[one.cause](findings) if one.cause in ADVICE else None
            yield advised or _RULE[one.cause].next_step


def _next_when_healthy(case: Case) -> Sentence:
    name = case.best.recipe.name if case.best else ""
    return Sentence(
        ko=f"{name}의 점수를 기준으로 삼으십시오. 더 올리려면 문장을 더 모으거나 라벨 기준을 다듬는 쪽이 모델의 설정을 "
        "바꾸는 것보다 먼저입니다.",
        en=f"Take the score of {name} as the mark. To get beyond it, more sentences or sharper rules of labelling come "
        "before other settings of a model.",
    )
