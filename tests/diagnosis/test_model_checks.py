"""The checks of a user's own model: each fires, stays quiet, and knows when it does not apply."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from planted import each_of, numbers_in

from triage_bench.core.digest import canonical_json
from triage_bench.core.job import Job, Recipe
from triage_bench.core.protocol import Protocol
from triage_bench.core.record import RunRecord, Status
from triage_bench.diagnosis import CHECKS
from triage_bench.diagnosis.verdict import findings_of, verdicts_of

MINE = "mine.py:Mine"

SOUND: dict[str, dict[str, float | str]] = {
    "answers": {
        "form.of": 300.0, "form.disagree": 0.0, "form.likeliest_score": 0.98, "form.predict_score": 0.98,
        "form.one_hot": 0.0, "form.bound": 0.731, "form.at_bound": 3.0, "form.above_bound": 250.0,
        "train.of": 500.0, "train.score": 0.97, "train.renamed_score": 0.97, "train.classes": 2.0, "train.loss": 0.2,
        "train.lead": 1.0, "train.lead_z": 60.0, "train.spread": 0.3, "answers.of": 300.0, "answers.score": 0.84,
        "weights.of": 90_000.0, "weights.held": 60_000.0, "weights.drawn": 0.0, "weights.name": "",
        **{f"{name}.of": 48.0 for name in ("twice", "order", "alone", "neighbours", "copies")},
        **{f"{name}.moved": 0.0 for name in ("twice", "order", "alone", "neighbours", "copies")},
    },
    "small": {
        "small.of": 32.0, "small.right": 32.0, "small.score": 1.0, "small.largest_class": 16.0,
        "small.long.right": 32.0,
    },
    "refits": {
        "refits.of": 300.0, "refits.lowest": 0.80, "refits.highest": 0.82, "refits.noise": 0.08,
        "refits.rows_score": 0.81, "refits.rows_changed": 0.07, "refits.labels_score": 0.80,
        "refits.labels_changed": 0.08, "refits.doubled_score": 0.79, "refits.doubled_changed": 0.09,
    },
    "texts": {
        "window.spread_once": 1.5, "window.spread_filled": 1.6, "window.alike": 0.95,
        "words.test_of": 80.0, "words.test_blind": 0.0, "words.test_places": 60.0, "words.test_ignored": 2.0,
        "words.train_of": 80.0, "words.train_blind": 0.0, "words.train_places": 60.0, "words.train_ignored": 1.0,
        "reach.of": 300.0, "reach.words": 2000.0, "reach.first": 0.0, "reach.last": 0.0,
        "hangul.of": 80.0, "hangul.unmoved": 0.0, "hangul.bare_kinds": 40.0, "hangul.bare_texts": 40.0,
        "edits.spaces_of": 120.0, "edits.spaces_flipped": 2.0, "edits.particle_of": 60.0, "edits.particle_flipped": 6.0,
        "edits.ending_of": 30.0, "edits.ending_flipped": 2.0, "edits.nfd_of": 120.0, "edits.nfd_flipped": 60.0,
        "flags.of": 160.0, "flags.lowered": 1.0, "flags.plain_lowered": 2.0, "flags.shift": -0.8,
        "flags.plain_shift": 0.0, "flags.shift_error": 0.05,
    },
}  # fmt: skip


def brought(
    world: Any,
    *,
    right: float | None = 0.85,
    others: float = 0.85,
    without: str = "",
    status: Status = "ok",
    counts: Mapping[str, int] | None = None,
    **facts: Any,
) -> Any:
    """Return a run in which a model was brought: sound, but for the facts that are given."""
    planted = world(counts).add(right=others)
    planted.add("majority", answers=[0] * len(planted.summary.classes))
    history = facts.pop("history", ())
    planted.add(MINE, right, history=tuple(history), answers=facts.pop("answers", None))
    for group, sound in SOUND.items():
        protocol = Protocol(planted.split, "examination", probes=group)
        job = Job(planted.summary.name, planted.summary.digest, Recipe(MINE), protocol, 0, 0, 0)
        if group == without:
            continue
        planted.jobs.append(job)
        curve = tuple(history) if group == "answers" else ()
        predictions = next(r.predictions for r in planted.records.values() if r.job.recipe.model == MINE)
        changed = {name.replace("__", "."): value for name, value in facts.items()}
        own = {**sound, **{name: value for name, value in changed.items() if name.split(".")[0] in _themes(group)}}
        own = {name: value for name, value in own.items() if value is not None}
        planted.records[job.key] = (
            RunRecord(job, "ok", predictions=predictions, facts=own, history=curve)
            if status == "ok"
            else RunRecord(job, status, "ValueError: planted")
        )
    return planted


def _themes(group: str) -> set[str]:
    return {name.split(".")[0] for name in SOUND[group]}


def referred(world: Any, right: float | None) -> Any:
    """Return a run with a reference data set beside, on which the model has a score."""
    other = world(name="known", role="reference").add(right=0.9).add(MINE, right)
    return brought(world).beside(other)


EPOCHS = [{"epoch": float(at), "train_loss": 0.69 - 0.0001 * at} for at in range(1, 6)]
FALLING = [{"epoch": float(at), "train_loss": 0.69 * 0.8**at} for at in range(1, 4)]
TURNED = [{**epoch, "validation_loss": 0.5 + 0.1 * at} for at, epoch in enumerate(FALLING)]
LEVELLED = [{"epoch": float(at), "train_loss": 0.5 + 0.2 * 0.3**at} for at in range(1, 13)]
CRAWLS: dict[str, Any] = {"small.led": 0.0004, "small.led_z": 9.0, "small.pace": 4.5, "small.straight": 0.98}
LIMITED: dict[str, Any] = {**CRAWLS, "small.led": 2.3, "small.pace": 1.3}
NOT_MINE = {"not_applicable": [lambda W: W().add()]}
UNSEEN = {"skipped": [lambda W: brought(W, without="answers"), lambda W: brought(W, status="timeout")]}
SMALL_CLASS = {"counts": {"a": 470, "b": 470, "c": 60}, "answers": [0, 1, 0]}
STUCK = {"train__score": 0.52, "train__renamed_score": 0.53, "right": None}

CASES: dict[str, dict[str, list[Any]]] = {
    "TB310": {
        "passed": [brought, lambda W: brought(W, small__right=20.0, **{"small.copies.right": 31.0})],
        "issue": [
            lambda W: brought(W, small__right=18.0, train__lead_z=0.3, **STUCK),
            lambda W: brought(W, small__right=18.0, train__lead_z=12.0, **LIMITED, **STUCK),
        ],
        "tip": [
            lambda W: brought(W, small__right=18.0),
            lambda W: brought(W, small__right=18.0, train__lead_z=9.0, **STUCK),
            lambda W: brought(W, small__right=18.0, train__lead_z=0.3, **CRAWLS, **STUCK),
        ],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, small__largest_class=30.0)],
        "skipped": [lambda W: brought(W, without="small"), lambda W: brought(W, status="timeout")],
    },
    "TB311": {
        "passed": [brought],
        "issue": [lambda W: brought(W, twice__moved=40.0), lambda W: brought(W, neighbours__moved=3.0)],
        "tip": [lambda W: brought(W, order__moved=1.0)],
        **NOT_MINE,
        "skipped": [*UNSEEN["skipped"], lambda W: brought(W, alone__moved=None)],
    },
    "TB312": {
        "passed": [brought],
        "issue": [
            lambda W: brought(W, **{"small.long.right": 16.0}),
            lambda W: brought(W, small__right=16.0, **{"small.filled.right": 31.0}),
            lambda W: brought(W, window__spread_once=0.001, window__spread_filled=0.5, window__alike=0.2),
        ],
        "not_applicable": [
            *NOT_MINE["not_applicable"],
            lambda W: brought(W, small__right=16.0, **{"small.filled.right": 17.0}),
        ],
        "skipped": [lambda W: brought(W, without="small")],
    },
    "TB313": {
        "passed": [brought],
        "issue": [lambda W: brought(W, form__disagree=290.0, form__likeliest_score=0.03)],
        "tip": [lambda W: brought(W, form__disagree=20.0, form__likeliest_score=0.95)],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, form__one_hot=1.0)],
        **UNSEEN,
    },
    "TB314": {
        "passed": [brought],
        "issue": [lambda W: brought(W, train__score=0.02, train__renamed_score=0.97)],
        **NOT_MINE,
        **UNSEEN,
    },
    "TB315": {
        "passed": [brought],
        "issue": [lambda W: brought(W, refits__rows_score=0.5, refits__rows_changed=0.5)],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, refits__lowest=0.52)],
        "skipped": [lambda W: brought(W, without="refits")],
    },
    "TB316": {
        "passed": [brought],
        "issue": [lambda W: brought(W, form__at_bound=200.0, form__above_bound=0.0)],
        **NOT_MINE,
        **UNSEEN,
    },
    "TB317": {
        "passed": [brought],
        "issue": [lambda W: brought(W, status="timeout"), lambda W: brought(W, status="invalid-output")],
        **NOT_MINE,
        "skipped": [lambda W: W().add().add(MINE, missing=True)],
    },
    "TB318": {
        "passed": [brought, lambda W: brought(W, weights__drawn=8_000.0)],
        "issue": [lambda W: brought(W, weights__drawn=10_000.0, weights__name="embedding.weight")],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, weights__of=0.0)],
        "skipped": [lambda W: brought(W, without="answers")],
    },
    "TB320": {
        "passed": [
            brought,
            lambda W: brought(W, train__score=0.80, history=LEVELLED),
            lambda W: brought(W, **SMALL_CLASS, train__score=0.64, train__unanswered=30.0, train__answered_score=0.96),
        ],
        "issue": [
            lambda W: brought(W, **STUCK),
            lambda W: brought(W, **STUCK, train__unanswered=40.0, train__answered_score=0.96),
            lambda W: brought(W, **SMALL_CLASS, train__score=0.5, train__unanswered=30.0, train__answered_score=0.7),
            lambda W: brought(W, right=0.6, train__score=0.80, history=LEVELLED),
        ],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, others=0.5, **STUCK)],
        **UNSEEN,
    },
    "TB321": {
        "passed": [brought],
        "issue": [lambda W: brought(W, right=0.6, answers__score=0.6)],
        **NOT_MINE,
        **UNSEEN,
    },
    "TB322": {
        "passed": [brought],
        "issue": [lambda W: brought(W, answers=[0, 0])],
        "tip": [lambda W: brought(W, **SMALL_CLASS)],
        **NOT_MINE,
        "skipped": [lambda W: W().add().add(MINE, missing=True)],
    },
    "TB323": {
        "passed": [brought, lambda W: brought(W, right=0.7, train__score=0.75, history=TURNED)],
        "issue": [
            lambda W: brought(W, train__lead_z=0.3, train__loss=0.69, **CRAWLS, **STUCK),
            lambda W: brought(W, train__lead_z=12.0, train__loss=0.69, **STUCK),
            lambda W: brought(W, train__lead_z=0.1, train__loss=9.0, **STUCK),
            lambda W: brought(W, train__lead_z=0.1, train__loss=0.69, history=EPOCHS, **STUCK),
            lambda W: brought(W, history=[{"epoch": 1.0, "not_finite": 1.0}]),
            lambda W: brought(W, right=0.7, train__score=0.75, history=FALLING),
        ],
        "not_applicable": [
            *NOT_MINE["not_applicable"],
            lambda W: brought(W, train__lead_z=0.1, train__loss=0.69, **STUCK),
            lambda W: brought(W, train__lead_z=12.0, train__loss=0.69, **LIMITED, **STUCK),
        ],
        **UNSEEN,
    },
    "TB324": {
        "passed": [lambda W: brought(W, history=[{"epoch": 1.0, "validation_score": 0.86}])],
        "issue": [
            lambda W: brought(W, right=0.7, history=[{"epoch": 1.0, "validation_score": 0.99}]),
            lambda W: brought(W, history=[{"train_loss": 0.5 / n, "validation_loss": 0.5 / n} for n in (1, 2)]),
        ],
        "not_applicable": [*NOT_MINE["not_applicable"], brought],
        **UNSEEN,
    },
    "TB330": {
        "passed": [brought],
        "issue": [
            lambda W: brought(W, right=0.6, words__test_ignored=35.0),
            lambda W: brought(W, right=0.6, words__test_blind=12.0),
        ],
        "tip": [
            lambda W: brought(W, words__test_ignored=35.0),
            lambda W: brought(W, right=0.6, words__test_blind=12.0, answers__score=0.5),  # learnt by heart
        ],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, form__one_hot=1.0)],
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB331": {
        "passed": [brought, lambda W: brought(W, right=0.6, words__train_blind=3.0, words__train_ignored=50.0)],
        "issue": [
            lambda W: brought(W, right=0.6, words__train_blind=40.0, words__train_ignored=50.0),
            lambda W: brought(W, right=0.6, words__train_blind=4.0, words__train_ignored=50.0),
        ],
        "tip": [lambda W: brought(W, words__train_blind=40.0, words__train_ignored=50.0)],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, train__spread=0.0)],
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB332": {
        "passed": [brought, lambda W: brought(W, right=0.6, reach__first=50.0, reach__first_lost=30.0)],
        "issue": [lambda W: brought(W, right=0.6, reach__first=3.0, reach__first_lost=1200.0, reach__first_rows=200.0)],
        "tip": [lambda W: brought(W, reach__last=3.0, reach__last_lost=1200.0, reach__last_rows=200.0)],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, form__one_hot=1.0)],
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB333": {
        "passed": [brought],
        "issue": [lambda W: brought(W, hangul__unmoved=80.0)],
        "not_applicable": [
            *NOT_MINE["not_applicable"],
            lambda W: brought(W, hangul__unmoved=80.0, hangul__bare_kinds=1.0),
            lambda W: brought(W, hangul__unmoved=80.0, train__loss=1.1),
            lambda W: brought(W, hangul__of=0.0),
        ],
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB334": {
        "passed": [brought],
        "tip": [lambda W: brought(W, edits__spaces_flipped=40.0)],
        **NOT_MINE,
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB335": {
        "passed": [brought],
        "issue": [lambda W: brought(W, flags__shift=0.4, flags__lowered=60.0)],
        "not_applicable": [*NOT_MINE["not_applicable"], lambda W: brought(W, flags__of=None)],
        "skipped": [lambda W: brought(W, without="texts")],
    },
    "TB340": {
        "passed": [brought],
        "tip": [lambda W: brought(W, right=0.6)],
        **NOT_MINE,
        "skipped": [lambda W: W().add().add(MINE, missing=True)],
    },
    "TB341": {
        "passed": [lambda W: referred(W, 0.85)],
        "issue": [lambda W: referred(W, None)],
        "not_applicable": [*NOT_MINE["not_applicable"], brought],
    },
}

ROWS = each_of(CASES)
OURS = [e.name for e in CHECKS if any(tag.startswith("model_") for tag in e.tags)]


@pytest.mark.parametrize(("code", "outcome", "planted"), ROWS)
def test_a_check_comes_out_as_planted_in_both_languages(code: str, outcome: str, planted: Any, world: Any) -> None:
    found = planted(world).ask(code)
    assert [one.outcome for one in found] == [outcome], [one.text.en for one in found]
    for one in found:
        assert one.text.ko and one.text.en and one.text.ko != one.text.en
        assert numbers_in(one.text.ko) == numbers_in(one.text.en), one.text
        canonical_json(one.to_dict())
        assert one.numbers or outcome in ("not_applicable", "skipped")


@pytest.mark.parametrize("code", OURS)
def test_every_check_is_tested_in_all_its_moods_and_states_its_threshold(code: str) -> None:
    moods, check = set(CASES[code]), CHECKS.load(code)
    assert {"passed", "not_applicable"} <= moods and moods & {"issue", "tip"}
    for sentence in (check.title, check.why, check.threshold):
        assert re.search("[가-힣]", sentence.ko) and not re.search("[가-힣]", sentence.en)
        assert sentence.ko.endswith(("니다", "니다."))
    assert numbers_in(check.threshold.ko) == numbers_in(check.threshold.en)


def test_a_sound_model_that_never_answers_a_small_class_is_told_to_weigh_it(world: Any) -> None:
    learnt = {"train__score": 0.64, "train__renamed_score": 0.64, "train__answered_score": 0.96}
    planted = brought(world, **SMALL_CLASS, **learnt, train__unanswered=30.0)
    verdict = verdicts_of(planted.run, findings_of(planted.run))[1]
    assert (verdict.model, verdict.cause) == ("Mine", "healthy") and "TB322" in verdict.next_steps[0].en
    assert not any("as it is" in step.en for step in verdict.next_steps)
    assert "'c'" in planted.ask("TB322")[0].text.en


@pytest.mark.parametrize(
    ("planted", "step"),
    [
        ({"train__lead_z": 12.0, "train__loss": 0.69, **STUCK}, "Raise the learning rate"),
        ({"train__lead_z": 0.1, "train__loss": 9.0, **STUCK}, "learning rate of 1/10"),
        ({"train__lead_z": 0.1, "train__loss": 0.69, "history": EPOCHS, **STUCK}, "gradients reach every layer"),
        (
            {"right": 0.7, "train__score": 0.75, "train__renamed_score": 0.75, "history": FALLING},
            "twice as many epochs",
        ),
    ],
)
def test_the_step_goes_the_way_that_training_went_wrong(planted: dict[str, Any], step: str, world: Any) -> None:
    run = brought(world, **planted).run
    verdict = verdicts_of(run, findings_of(run))[1]
    assert verdict.cause == "model.optimization" and step in verdict.next_steps[0].en


FAULTS: dict[str, Any] = {
    "model.wiring": lambda W: brought(W, right=0.6, words__test_ignored=35.0, **{"small.long.right": 16.0}),
    "model.optimization": lambda W: brought(W, small__right=18.0, train__lead_z=9.0, train__loss=0.69, **STUCK),
    "model.collapse": lambda W: brought(W, answers=[0, 0]),
    "model.overfit": lambda W: brought(W, right=0.6, answers__score=0.6),
    "language.tokenization": lambda W: brought(W, right=0.6, words__test_ignored=35.0, answers__score=0.6),
    "language.truncation": lambda W: brought(W, right=0.6, words__train_blind=40.0, words__train_ignored=50.0),
    "language.encoding": lambda W: brought(W, right=0.6, hangul__unmoved=80.0),
    "evaluation.protocol": lambda W: brought(W, right=0.7, history=[{"epoch": 1.0, "validation_score": 0.99}]),
}


@pytest.mark.parametrize("cause", FAULTS)
def test_a_fault_of_the_model_is_the_headline_of_its_own_verdict_and_of_no_other(cause: str, world: Any) -> None:
    run = FAULTS[cause](world).run
    data, mine = verdicts_of(run, findings_of(run))
    assert (data.model, mine.model) == (None, MINE.rpartition(":")[2])
    assert mine.cause == cause, mine.causes
    assert not {one.cause for one in data.causes} & {cause}
    assert numbers_in(mine.summary.ko) == numbers_in(mine.summary.en)
    assert mine.next_steps


def test_what_hides_behind_the_headline_is_in_the_list(world: Any) -> None:
    run = FAULTS["model.wiring"](world).run
    mine = verdicts_of(run, findings_of(run))[1]
    assert [one.cause for one in mine.causes][:2] == ["model.wiring", "language.tokenization"]


def test_a_sound_model_is_sound_and_the_data_is_judged_as_without_it(world: Any) -> None:
    run = brought(world).run
    data, mine = verdicts_of(run, findings_of(run))
    assert mine.cause == "healthy" and "model.wiring" in mine.cleared and mine.area == "none"
    without = world().add(right=0.85).add("majority", answers=[0, 0]).run
    alone = verdicts_of(without, findings_of(without))[0]
    assert replace(data, summary=alone.summary) == alone


def test_a_model_that_crashes_still_gets_its_verdict(world: Any) -> None:
    run = brought(world, status="killed").run
    mine = verdicts_of(run, findings_of(run))[1]
    assert mine.cause == "model.wiring" and "TB317" in mine.causes[0].evidence
