"""Worlds in which each check of a model or a run comes out as named."""

from __future__ import annotations

from math import log
from typing import Any

from planted import Cases

from triage_bench.core.space import Choice, Float, Int, Space

SPACE = Space({"C": Float(0.1, 100, log=True), "min_df": Int(1, 5), "analyzer": Choice(("char", "word"))})
SMALL = {"a": 40, "b": 40}


def history(train: list[float], validation: list[float]) -> dict[str, Any]:
    pairs = zip(train, validation, strict=True)
    return {"history": tuple({"epoch": i, "train_loss": t, "validation_loss": v} for i, (t, v) in enumerate(pairs))}


SOUND = history([0.69, 0.4, 0.3], [0.68, 0.5, 0.48])
MEMORISING = history([0.69, 0.3, 0.05], [0.68, 0.5, 0.9])
STUCK = history([0.69, 0.69, 0.68], [0.69, 0.69, 0.69])
DIVERGING = history([0.69, 1.4, 9.0], [0.69, 2.0, 9.0])
BROKEN = history([0.69, float("nan")], [0.69, float("nan")])


def lstm(world: Any, right: float = 0.86, **rest: Any) -> Any:
    return world.add("lstm", right, **rest)


OF_MODELS: Cases = {
    "TB101": {
        "issue": [lambda W: W().add(right=None), lambda W: W({"a": 950, "b": 50}).add(answers=[0, 0])],
        "passed": [lambda W: W().add(right=0.8), lambda W: W().add(right=1.0)],
        "not_applicable": [lambda W: W().add("majority", 0.5), lambda W: W({"a": 100}).add()],
        "skipped": [lambda W: W().add(missing=True), lambda W: W().add(status="failed")],
    },
    "TB102": {
        "issue": [lambda W: W({"a": 900, "b": 100}).add(right=0.85)],
        "passed": [lambda W: W().add(right=0.85)],
        "not_applicable": [lambda W: W().add("majority", 0.5)],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB103": {
        "tip": [lambda W: W(SMALL).add()],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W()],
        "skipped": [lambda W: W().add(status="timeout")],
    },
    "TB201": {
        "issue": [lambda W: W().add().add(right=0.7, purpose="shuffled-labels")],
        "passed": [
            lambda W: W().add().add(right=None, purpose="shuffled-labels"),
            lambda W: W(SMALL).add().add(right=0.55, purpose="shuffled-labels"),
        ],
        "skipped": [lambda W: W().add(), lambda W: W().add().add(purpose="shuffled-labels", status="failed")],
    },
    "TB202": {
        "issue": [lambda W: W().add("lstm", 0.6, purpose="fit-32", rows=32)],
        "passed": [lambda W: W().add("lstm", 1.0, purpose="fit-32", rows=32)],
        "not_applicable": [
            lambda W: W().add(),
            lambda W: W({"a": 95, "b": 5}).add("lstm", 0.95, purpose="fit-32", rows=32),
        ],
        "skipped": [
            lambda W: W().add("lstm", purpose="fit-32", missing=True),
            lambda W: W().add("lstm", **SOUND),
        ],
    },
    "TB301": {
        "issue": [lambda W: lstm(W(), facts={"initial_loss": 3.0}), lambda W: lstm(W(), facts={"initial_loss": 0.1})],
        "passed": [lambda W: lstm(W(), facts={"initial_loss": log(2) + 0.01})],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), **SOUND)],
        "skipped": [lambda W: lstm(W(), missing=True).add("lstm", purpose="fit-32", rows=32)],
    },
    "TB302": {
        "issue": [lambda W: W({"a": 400, "b": 400, "c": 200}).add(answers=[0, 1, 0])],
        "tip": [lambda W: W({"a": 400, "b": 400, "c": 20}).add(answers=[0, 1, 0])],
        "passed": [lambda W: W().add(), lambda W: W({"a": 400, "b": 400, "c": 5}).add(answers=[0, 1, 0])],
        "not_applicable": [lambda W: W().add("majority", answers=[0, 0])],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB303": {
        "issue": [lambda W: lstm(W().add(right=0.9), 0.7, **MEMORISING)],
        "tip": [lambda W: lstm(W().add(right=0.7), 0.7, **MEMORISING)],
        "passed": [lambda W: lstm(W().add(right=0.9), 0.7, **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), facts={"initial_loss": 0.7})],
        "skipped": [lambda W: lstm(W(), missing=True).add("lstm", purpose="fit-32", rows=32)],
    },
    "TB304": {
        "issue": [lambda W: lstm(W().add(), 0.5, **STUCK)],
        "passed": [lambda W: lstm(W().add(), **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W().add(right=None), 0.5, **STUCK)],
        "skipped": [lambda W: lstm(W(), status="failed").add("lstm", purpose="fit-32", rows=32)],
    },
    "TB305": {
        "issue": [lambda W: lstm(W(), **DIVERGING), lambda W: lstm(W(), **BROKEN)],
        "passed": [lambda W: lstm(W(), **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), facts={"initial_loss": 0.7})],
        "skipped": [lambda W: lstm(W(), status="failed").add("lstm", purpose="fit-32", rows=32)],
    },
    "TB306": {
        "tip": [lambda W: lstm(W().add(right=0.9), 0.7, **SOUND), lambda W: lstm(W().add(right=0.85), 0.85, **SOUND)],
        "passed": [lambda W: lstm(W().add(right=0.7), 0.9, **SOUND)],
        "not_applicable": [lambda W: W().add(), lambda W: lstm(W(), **SOUND)],
        "skipped": [lambda W: lstm(W().add(missing=True), **SOUND)],
    },
    "TB401": {
        "issue": [lambda W: W(expected=(0.9, 0.95)).add(right=0.7), lambda W: W(expected=(0.6, 0.7)).add(right=0.9)],
        "tip": [lambda W: W(expected=(0.85, 0.95)).add(right=0.85), lambda W: W(expected=(0.7, 0.82)).add(right=0.85)],
        "passed": [lambda W: W(expected=(0.8, 0.9)).add(right=0.85)],
        "not_applicable": [lambda W: W().add(), lambda W: W(expected=(0.8, 0.9)).add("lstm")],
        "skipped": [lambda W: W(expected=(0.8, 0.9)).add(missing=True)],
    },
    "TB561": {
        "tip": [
            lambda W: W().add(right=0.5, confidence="blind"),
            lambda W: W().add("char-ridge", 0.5, confidence="blind"),
        ],
        "passed": [lambda W: W().add(right=0.9), lambda W: W(SMALL).add(right=0.5, confidence="blind")],
        "not_applicable": [lambda W: W().add("lstm"), lambda W: W(split="official").add(right=0.5)],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB551": {
        "issue": [lambda W: W().add(right=0.7, confidence="blind")],
        "passed": [lambda W: W().add(right=0.7), lambda W: W().add(right=0.97, confidence="blind")],
        "not_applicable": [lambda W: W().add("lstm"), lambda W: W().add(right=None, confidence="blind")],
        "skipped": [lambda W: W().add(missing=True)],
    },
    "TB701": {
        "issue": [lambda W: W(ceiling=0.8).add(right=0.9)],
        "tip": [lambda W: W(ceiling=0.95).add(right=0.8)],
        "passed": [lambda W: W(ceiling=0.87).add(right=0.85)],
        "not_applicable": [lambda W: W().add(), lambda W: W(ceiling=0.8)],
        "skipped": [lambda W: W(ceiling=0.8).add(missing=True)],
    },
    "TB702": {
        "issue": [lambda W: W(human=0.8).add(right=0.9)],
        "passed": [lambda W: W(human=0.85).add(right=0.8)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [lambda W: W(human=0.8).add(missing=True)],
    },
    "TB801": {
        "tip": [
            lambda W: W().add(right=0.8).add(right=0.8, trials=5),
            lambda W: W().add(right=0.9).add(right=0.7, trials=5),
        ],
        "passed": [lambda W: W().add(right=0.7).add(right=0.9, trials=5)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [
            lambda W: W().add().add(trials=5, missing=True),
            lambda W: W().add(missing=True).add(trials=5),
        ],
    },
    "TB802": {
        "tip": [lambda W: W().add(right=0.7).add(right=0.7, trials=5, inner_score=0.9)],
        "passed": [lambda W: W().add(right=0.7).add(right=0.7, trials=5, inner_score=0.69)],
        "not_applicable": [lambda W: W().add()],
        "skipped": [lambda W: W().add().add(trials=5, missing=True)],
    },
    "TB803": {
        "tip": [lambda W: W().add(trials=5, space=SPACE, params={"C": 100.0, "min_df": 2, "analyzer": "char"})],
        "passed": [lambda W: W().add(trials=5, space=SPACE, params={"C": 3.0, "min_df": 2, "analyzer": "char"})],
        "not_applicable": [lambda W: W().add(), lambda W: W().add(trials=5, params={"C": 100.0})],
        "skipped": [lambda W: W().add(trials=5, missing=True)],
    },
    "TB901": {
        "issue": [lambda W: W().add(status="failed"), lambda W: W().add().add("lstm", status="timeout")],
        "tip": [lambda W: W().add(missing=True), lambda W: W().add().add("lstm", status="skipped")],
        "passed": [lambda W: W().add()],
        "not_applicable": [lambda W: W()],
    },
}
