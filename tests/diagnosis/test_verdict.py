"""Planted runs end in the verdict that was planted."""

from __future__ import annotations

import re
from math import log
from typing import Any

import pytest
from planted import numbers_in

from triage_bench.core.finding import Finding, Outcome, Verdict
from triage_bench.core.sentence import Sentence
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.causes import RULES
from triage_bench.diagnosis.check import ABOUT_A_BROUGHT_MODEL, findings_of
from triage_bench.diagnosis.rule import BACKGROUND
from triage_bench.diagnosis.verdict import HEADLINE, SOUND, verdicts_of

FACTS = {"distinct_texts": 1000.0, "conflicting_rows": 0.0, "near_duplicate_rows": 20.0}
FEW = dict.fromkeys("abcd", 40)
LEAKY = {**FACTS, "test_rows": 200, "test_rows_sharing_group": 140}
PRODUCT = {
    "data": {"labels", "leakage", "shortcut", "size", "imbalance", "shift", "unlearnable"},
    "language": {"encoding", "tokenization", "truncation"},
    "model": {"optimization", "wiring", "collapse", "overfit", "underfit"},
    "evaluation": {"noise", "protocol"},
}


def losses(train: list[float], validation: list[float]) -> tuple[dict[str, float], ...]:
    return tuple({"train_loss": t, "validation_loss": v} for t, v in zip(train, validation, strict=True))


def healthy(W: Any, **rest: Any) -> Any:
    return W(**rest).add(right=0.85).add(right=None, purpose="shuffled-labels")


def with_network(W: Any, right: float = 0.86, **rest: Any) -> Any:
    rest = {"history": losses([0.69, 0.3], [0.68, 0.4]), "facts": {"initial_loss": log(2)}, **rest}
    return healthy(W).add("lstm", right, **rest).add("lstm", 1.0, purpose="fit-32", rows=32)


PLANTED = {
    "data.leakage": lambda W: healthy(W, split="official", facts=LEAKY),
    "data.imbalance": lambda W: W({"a": 950, "b": 50}).add(right=0.9),
    "data.size": lambda W: healthy(W, counts={"a": 40, "b": 40}),
    "data.unlearnable": lambda W: W().add(right=None).add("lightgbm", None),
    "data.labels": lambda W: healthy(W, facts={**FACTS, "conflicting_rows": 300.0}),
    "evaluation.protocol": lambda W: W().add(right=0.85).add(right=0.8, purpose="shuffled-labels"),
    "healthy": healthy,
}


def test_reference_data_that_only_stands_beside_gets_no_verdict(world: Any) -> None:
    known = world(name="known", role="reference", facts={**FACTS, "conflicting_rows": 300.0}).add(right=0.9)
    run = healthy(world).beside(known).run
    assert [one.dataset for one in verdicts_of(run, findings_of(run))] != ["known"]
    assert len(verdicts_of(run, findings_of(run))) == 1
    alone = known.run
    assert [one.dataset for one in verdicts_of(alone, findings_of(alone))] == ["known"], "alone, it is what is asked"


@pytest.mark.parametrize("cause", PLANTED)
def test_a_planted_cause_is_the_headline(cause: str, world: Any) -> None:
    verdict = judge(PLANTED[cause](world))
    assert verdict.cause == cause
    assert verdict.area == ("none" if cause == "healthy" else cause.split(".")[0])
    assert verdict.causes[0].cause == cause and verdict.confidence == verdict.causes[0].confidence
    assert verdict.next_steps and verdict.model is None


@pytest.mark.parametrize("cause", PLANTED)
def test_a_verdict_says_the_same_in_both_languages(cause: str, world: Any) -> None:
    verdict = judge(PLANTED[cause](world))
    for sentence in (verdict.summary, *verdict.next_steps):
        assert re.search("[가-힣]", sentence.ko) and not re.search("[가-힣]", sentence.en)
        assert numbers_in(sentence.ko) == numbers_in(sentence.en), sentence


@pytest.mark.parametrize("cause", PLANTED)
def test_no_cause_is_both_suspected_and_ruled_out(cause: str, world: Any) -> None:
    verdict = judge(PLANTED[cause](world))
    assert not {one.cause for one in verdict.causes} & set(verdict.cleared)
    assert [one.confidence for one in verdict.causes[1:]] == sorted(
        (one.confidence for one in verdict.causes[1:]), reverse=True
    )


def test_a_network_that_cannot_train_is_suspected_but_not_the_headline_where_another_model_does_better(
    world: Any,
) -> None:
    planted = healthy(world).add("lstm", 0.5, purpose="fit-32", rows=32).add("lstm", 0.6, facts={"initial_loss": 5.0})
    verdict = judge(planted)
    assert verdict.cause == "healthy"
    wiring = next(one for one in verdict.causes if one.cause == "model.wiring")
    assert wiring.confidence < HEADLINE and wiring.evidence == ("TB202", "TB301")


def test_a_sound_network_clears_the_causes_of_its_area(world: Any) -> None:
    cleared = set(judge(with_network(world)).cleared)
    assert {"model.wiring", "model.optimization", "model.collapse", "model.overfit", "model.underfit"} <= cleared


def test_what_was_not_examined_is_never_cleared(world: Any) -> None:
    verdict = judge(healthy(world))
    assert not {"data.shift", "data.shortcut", "language.encoding", "model.wiring"} & set(verdict.cleared)


def test_healthy_is_the_surer_the_more_was_ruled_out_and_never_certain(world: Any) -> None:
    letters = {"damaged_rows": 0.0, "damaged_share": 0.0, "letterless_rows": 0.0, "letterless_share": 0.0}
    more, less = judge(healthy(world, facts={**FACTS, **letters})), judge(healthy(world))
    assert more.cause == less.cause == "healthy"
    assert set(less.cleared) < set(more.cleared)
    assert less.confidence < more.confidence <= SOUND


def test_without_any_finished_model_there_is_no_verdict(world: Any) -> None:
    verdict = judge(world().add(status="failed"))
    assert (verdict.area, verdict.cause, verdict.confidence) == ("none", "undecided", 0.0)
    assert verdict.cleared and all(cause.startswith("data.") for cause in verdict.cleared)


def test_failed_jobs_are_never_turned_into_a_cause(world: Any) -> None:
    sound, broken = judge(healthy(world)), judge(healthy(world).add("lightgbm", status="failed"))
    assert broken.cause == sound.cause and broken.causes == sound.causes
    assert len(broken.next_steps) == len(sound.next_steps) + 1


def test_too_few_rows_explain_contradictions(world: Any) -> None:
    verdict = judge(healthy(world, counts={"a": 40, "b": 40}, facts={**FACTS, "conflicting_rows": 30.0}))
    confidence = {one.cause: one.confidence for one in verdict.causes}
    assert verdict.cause == "data.size" and confidence["data.labels"] < HEADLINE


def rising(planted: Any, outcome: Outcome) -> Verdict:
    """Judge a planted run, and what a ladder of its rows would have come to."""
    numbers = {"rows": 133, "gain_low": 0.02, "gain": 0.05, "gain_high": 0.08}
    curve = Finding("TB211", planted.summary.name, None, outcome, *[Sentence("가", "a")] * 2, numbers=numbers)
    return verdicts_of(planted.run, [*findings_of(planted.run), curve])[0]


def test_few_rows_per_class_are_the_headline_where_more_would_help_and_nothing_surer_is_found(world: Any) -> None:
    verdict = rising(healthy(world, counts=FEW), "tip")
    assert (verdict.area, verdict.cause, verdict.confidence) == ("data", "data.size", BACKGROUND)
    assert verdict.causes[0].evidence == ("TB603", "TB211")
    assert "133 → 266" in verdict.next_steps[0].en


@pytest.mark.parametrize("curve", ["passed", "not_applicable"])
def test_few_rows_per_class_are_no_headline_where_more_are_not_known_to_help(curve: Outcome, world: Any) -> None:
    verdict = rising(healthy(world, counts=FEW), curve)
    assert [one.cause for one in verdict.causes[:2]] == ["healthy", "data.size"]


def test_few_rows_per_class_explain_no_contradiction(world: Any) -> None:
    verdict = rising(healthy(world, counts=FEW, facts={**FACTS, "conflicting_rows": 60.0}), "tip")
    assert [one.cause for one in verdict.causes[:2]] == ["data.labels", "data.size"]
    assert verdict.confidence == judge(PLANTED["data.labels"](world)).confidence


def test_every_data_set_that_could_be_had_gets_one_verdict(world: Any) -> None:
    from triage_bench.core.dataset import DatasetSummary
    from triage_bench.core.run import Run

    run = healthy(world).beside(healthy(world, name="other")).run
    skipped = DatasetSummary("absent", status="skipped", reason="no network")
    plan = type(run.plan)(**{**vars(run.plan), "datasets": (*run.plan.datasets, skipped)})
    run = Run(plan, run.records)
    assert [one.dataset for one in verdicts_of(run, findings_of(run))] == ["data", "other"]
    assert "absent" not in {one.dataset for one in findings_of(run)}


def test_every_check_says_something_about_every_data_set(world: Any) -> None:
    asked = {entry.name for entry in CHECKS if ABOUT_A_BROUGHT_MODEL.isdisjoint(entry.tags)}
    assert {one.code for one in healthy(world).findings} == asked


def test_no_check_of_ours_breaks(world: Any) -> None:
    for planted in (*PLANTED.values(), with_network, lambda W: W(), lambda W: W({}), lambda W: W().add(missing=True)):
        assert not [one for one in planted(world).findings if "itself failed" in one.text.en]


def test_a_muted_finding_is_kept_and_raises_nothing(world: Any) -> None:
    run = healthy(world, facts={**FACTS, "conflicting_rows": 300.0}).run
    findings = findings_of(run, muted={"TB502"})
    assert [one.outcome for one in findings if one.code == "TB502"] == ["muted"]
    verdict = verdicts_of(run, findings)[0]
    assert "data.labels" not in {one.cause for one in verdict.causes} | set(verdict.cleared)


def test_a_broken_plugin_check_costs_its_own_finding_only(world: Any) -> None:
    from triage_bench.diagnosis.check import Check

    def breaks(case: Any) -> list[Any]:
        raise RuntimeError("planted")

    sentence = Sentence("하나", "one")
    found = list(Check("TB999", sentence, sentence, sentence, (), breaks).findings(healthy(world).case))
    assert [one.outcome for one in found] == ["skipped"] and "planted" in found[0].text.ko


def test_the_table_has_every_cause_of_the_product() -> None:
    assert {rule.cause for rule in RULES} == {f"{area}.{name}" for area, names in PRODUCT.items() for name in names}
    assert len({rule.cause for rule in RULES}) == len(RULES)


def test_the_table_and_the_checks_agree_on_what_speaks_for_what() -> None:
    by_table = {(sign.code, rule.cause) for rule in RULES for sign in rule.raised_by}
    by_check = {(entry.name, cause) for entry in CHECKS for cause in CHECKS.load(entry.name).causes}
    assert by_table == by_check


def test_every_rule_is_justified_and_can_be_cleared_only_by_known_checks() -> None:
    for rule in RULES:
        assert all(sign.reason and 0 < sign.confidence < 1 for sign in rule.raised_by)
        assert all(code in CHECKS for code in rule.cleared_by)
        assert bool(rule.raised_by) == bool(rule.cleared_by)
        assert set(rule.yields_to) <= {other.cause for other in RULES} - {rule.cause}
        for sentence in (rule.name, rule.next_step):
            assert numbers_in(sentence.ko.replace("10분의 1", "1/10")) == numbers_in(sentence.en)


def judge(planted: Any) -> Any:
    run = planted.run
    return verdicts_of(run, findings_of(run))[0]


def test_a_finding_of_another_data_set_does_not_count(world: Any) -> None:
    run = healthy(world).run
    alien = Finding("TB101", "elsewhere", None, "issue", Sentence("가", "a"), Sentence("가", "a"))
    assert verdicts_of(run, (*findings_of(run), alien))[0].cause == "healthy"
