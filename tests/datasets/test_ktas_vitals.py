"""Vital signs beside ktas-sim: possible numbers, the stated law, texts untouched, and a ceiling that is true."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.errors import InputError
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset, read_file
from triage_bench.datasets.beside import Beside, with_columns
from triage_bench.datasets.cards import card
from triage_bench.datasets.ktas_grammar.bedside import (
    CATEGORICAL,
    NUMERIC,
    Bedside,
    arrival_law,
    bedside,
    evidence,
    stated,
)
from triage_bench.datasets.ktas_grammar.law import SECOND_LOOK, Case, acuity, cue_law, looked_by, second_look, world
from triage_bench.datasets.ktas_grammar.tables import axes, complaints
from triage_bench.datasets.ktas_grammar.vitals import (
    CONSCIOUS,
    band_of,
    bands,
    effects_of_complaints,
    effects_of_states,
    measures,
    spreads,
    tables,
)
from triage_bench.datasets.ktas_sim import WITH_VITALS, KtasSim
from triage_bench.datasets.vital_signs import sign_of
from triage_bench.datasets.written import as_csv

GOLDEN = {
    "8a088f0a1199811e41e32823e94a7429": {"rows": 200},
    "68758d522959a85c1e725f2670ab65dc": {"rows": 150, "noise": 0.1, "sources": 3, "paraphrases": 2, "seed": 4},
    "e4b8703afc555ca66df0b55c5bd9fec2": {"rows": 150, "template_poverty": 0.5, "ambiguity": 0.8, "seed": 2},
}
"""Digests from before there were vital signs."""


def complaint(name: str):  # type: ignore[no-untyped-def]
    return next(c for c in complaints() if c.name == name)


@cache
def drawn(rows: int = 1500, seed: int = 3, **settings: float) -> KtasSim:
    return KtasSim(rows=rows, seed=seed, vitals=True, **settings)  # type: ignore[arg-type]


def cells(sim: KtasSim, name: str) -> list[object]:
    return [row.cells[name] for row in sim._beside]


@pytest.mark.parametrize("digest", GOLDEN)
def test_without_vital_signs_not_one_byte_has_changed(digest: str) -> None:
    assert KtasSim(**GOLDEN[digest]).draw().digest == digest  # type: ignore[arg-type]


def test_with_vital_signs_texts_labels_groups_and_sources_are_the_same() -> None:
    settings = {"rows": 150, "noise": 0.1, "sources": 3, "paraphrases": 2, "seed": 4}
    plain, full = (KtasSim(**settings, vitals=one).draw() for one in (False, True))  # type: ignore[arg-type]
    assert full.texts == plain.texts and full.sources == plain.sources and full.topics == plain.topics
    np.testing.assert_array_equal(full.labels, plain.labels)
    np.testing.assert_array_equal(full.groups, plain.groups)
    kept = {name: full.columns[name] for name in plain.columns}
    again = replace(full, columns=kept, numeric=(), categorical=())
    assert again.digest == plain.digest != full.digest
    sims = [KtasSim(**settings, vitals=one) for one in (False, True)]  # type: ignore[arg-type]
    assert sims[0].ceiling() == sims[1].ceiling() and sims[0].ceiling_with_columns() == sims[1].ceiling_with_columns()
    assert (plain.name, full.name) == ("ktas-sim", WITH_VITALS)


def test_every_number_is_possible_and_written_as_a_nurse_does() -> None:
    sim = drawn()
    for name in NUMERIC:
        sign = sign_of(name)
        assert sign is not None
        known = [value for value in cells(sim, name) if value is not None]
        assert all(sign.low <= value <= sign.high for value in known), name  # type: ignore[operator]
        wanted = float if name == "BT" else int
        assert {type(value) for value in known} == {wanted}, name
    assert all(round(value, 1) == value for value in cells(sim, "BT") if value is not None)  # type: ignore[call-overload]
    assert set(cells(sim, "AVPU")) == {*CONSCIOUS, None} and set(cells(sim, "sex")) == {"F", "M"}
    for high, low in zip(cells(sim, "SBP"), cells(sim, "DBP"), strict=True):
        assert (high is None) == (low is None)
        assert high is None or high >= low + 12  # type: ignore[operator]


def test_oxygen_and_pain_are_missing_most_and_age_never() -> None:
    share = {name: np.mean([one is None for one in cells(drawn(), name)]) for name in (*NUMERIC, *CATEGORICAL)}
    assert share["age"] == share["sex"] == 0
    assert 0.3 < share["SpO2"] < 0.5 and 0.2 < share["NRS"] < 0.4
    assert all(share[name] < 0.12 for name in share if name not in ("SpO2", "NRS"))


def test_states_move_the_measures_as_the_triage_scale_says() -> None:
    def mean(name: str, measure: str, group: str = "adult", **told: str) -> float:
        found = complaint(name)
        at = tuple([v.name for v in axes()[axis].values].index(told[axis]) for axis in found.axes)
        years = next(one.first for one in bands() if one.group == group)
        return float(spreads(name, band_of(group, years), 0)[measure].mean[at])

    severe, moderate, mild, none = (mean("asthma", "SpO2", breath=b) for b in ("severe", "moderate", "mild", "none"))
    assert severe < 90 < moderate < 92 < mild < 95 < none
    shock, poor, steady = (mean("stab", "SBP", flow=f) for f in ("shock", "poor", "steady"))
    assert shock < 70 < poor < 90 < 110 < steady
    well, ill = (mean("cold", "BT", heat=h) for h in ("well", "ill"))
    assert 37.5 < well < 38.3 < 38.8 < ill
    pains = [mean("headache", "NRS", pain=p, course="acute", brain="no") for p in ("severe", "moderate", "mild")]
    assert pains[0] > 7.5 > 7 > pains[1] > 4 > 3.5 > pains[2] > 1
    assert mean("crying", "HR", "infant", baby="feeding") > mean("croup", "HR", "child", breath="none") > 90


def test_children_have_the_normal_values_of_their_age() -> None:
    known = {(one.group, one.first): one.healthy for one in bands()}
    normal = {("infant", 0): (100, 180, 30, 53, 72, 104), ("child", 3): (80, 120, 20, 28, 89, 112)}
    normal[("child", 6)] = (75, 118, 18, 25, 97, 115)
    for band, (slow, fast, calm, quick, low, high) in normal.items():
        assert slow < known[band]["HR"][0] < fast and calm < known[band]["RR"][0] < quick
        assert low < known[band]["SBP"][0] < high


@pytest.mark.parametrize(
    ("text", "group", "expected"),
    [
        ("F/43 명치 통증, NRS 8점, 119 통해 내원", "adult", {"age": 43, "NRS": 8, "arrival": "119"}),
        ("경한 호흡곤란 SpO2 94%, BT 36.8도", "adult", {"SpO2": 94, "BT": 36.8}),
        ("BP 124/78, 빈맥 HR 118회", "adult", {"SBP": 124, "DBP": 78, "HR": 118}),
        ("쇼크 소견 SBP 58, 사지 냉감", "adult", {"SBP": 58}),
        ("통증이 10점 중에 6점쯤 돼요. 택시를 잡아타고 급히 왔어요", "adult", {"NRS": 6, "arrival": "차량"}),
        ("다섯 살 아들이 동전을 삼켰어요", "child", {"age": 5}),
        ("7세 여아, 발열", "child", {"age": 7}),
        ("하는 일은 버스 운전이에요. 달리는 차량에 치인 후", "adult", {}),
        ("맥박을 재 보니 115번 넘게 나왔어요", "adult", {}),
    ],
)
def test_what_a_text_says_itself_is_read_and_nothing_else(text: str, group: str, expected: dict[str, object]) -> None:
    assert stated(text, group) == expected


def test_the_columns_never_contradict_the_text() -> None:
    sim = drawn()
    said = [stated(row.utterance.text, row.case.age) for row in sim._drawn]
    for row, told in zip(sim._beside, said, strict=True):
        assert {name: row.cells[name] for name in told} == told and row.told == set(told)
    assert {name for told in said for name in told} == {*NUMERIC, "arrival"} - {"RR"}
    for mode, pieces in tables()["stated"]["arrival"].items():
        assert mode in tables()["arrival"]["modes"] and pieces


def test_the_chances_of_all_cells_sum_to_one() -> None:
    for name, band in (("asthma", bands()[3]), ("crying", bands()[0]), ("arrest", bands()[4])):
        for step, (column, law) in itertools.product(SECOND_LOOK, spreads(name, band, 1).items()):
            low, high = measures()[column].ends
            written = [measures()[column].written(steps) for steps in range(low, high + 1)]
            whole = sum(spreads(name, band, step)[column].chance(one) for one in (None, *written))
            np.testing.assert_allclose(whole, 1)
            assert np.shape(law.chance(None)) == world(name, band.group).levels.shape


def test_cells_come_as_often_as_their_stated_chance() -> None:
    found = complaint("asthma")
    at = next(i for i, value in enumerate(axes()["breath"].values) if value.name == "moderate")
    case, law = Case(0, "adult", (at,)), spreads("asthma", bands()[3], -1)
    random = np.random.default_rng(0)
    level = acuity(found, case.values) - 1
    many = [bedside(found, case, level, "F", "숨이 많이 차요", random) for _ in range(8000)]
    for column in ("SpO2", "RR", "NRS", "AVPU"):
        for value in {row.cells[column] for row in many[:40]}:
            seen = np.mean([row.cells[column] == value for row in many])
            number = CONSCIOUS.index(value) if isinstance(value, str) else value
            chance = float(law[column].chance(number)[at])
            assert abs(seen - chance) < 4.5 * math.sqrt(chance * (1 - chance) / len(many)) + 1e-4, (column, value)


def slow_chance(law, at: tuple[int, ...], cell: object) -> float:  # type: ignore[no-untyped-def]
    """The mass of a normal between two edges, by the error function of the standard library."""

    def below(edge: float) -> float:
        return 0.5 * math.erfc(-(edge - float(law.mean[at])) / float(law.deviation[at]) / math.sqrt(2))

    if cell is None:
        return float(law.missing[at])
    number, half = CONSCIOUS.index(cell) if isinstance(cell, str) else cell, law.measure.step / 2
    up = 1.0 if number == law.measure.high else below(number + half)
    down = 0.0 if number == law.measure.low else below(number - half)
    return (1 - float(law.missing[at])) * (up - down)


def test_the_posterior_equals_summing_over_every_hidden_case_and_second_look() -> None:
    sim = KtasSim(rows=120, seed=8, ambiguity=0.7, cues=0.4)
    nature, checked = sim._nature, 0
    for row, beside in zip(sim._drawn, sim._beside, strict=True):
        found = nature.complaints[row.case.complaint]
        there, slow = world(found.name, row.case.age), np.zeros(5)
        band = band_of(row.case.age, beside.cells["age"])  # type: ignore[arg-type]
        for values in np.ndindex(there.levels.shape):
            law = acuity(found, values) - 1
            chance = 1.0
            for name, odds, value, told in zip(found.axes, there.chances, values, row.said.values, strict=True):
                unsaid = axes()[name].values[value].unsaid(0.7)
                chance *= odds[value] * (unsaid if told is None else (1 - unsaid) * (value == told))
            for cue in row.said.cues:
                chance *= 1.0 if cue is None else cue_law()[law, cue]
            if "arrival" not in beside.told and beside.cells["arrival"] is not None:
                chance *= arrival_law()[law, list(tables()["arrival"]["modes"]).index(beside.cells["arrival"])]
            for level in range(5):
                step, moved = level - law, second_look()[law, level]
                if found.errand:
                    moved = float(step == 0)
                if moved == 0 or chance == 0:
                    continue
                laws = spreads(found.name, band, step)
                both = [slow_chance(laws[n], values, beside.cells[n]) for n in laws if n not in beside.told]
                slow[level] += chance * moved * math.prod(both)
        slow *= nature._tilt
        known = evidence(found, row.case.age, beside)
        fast = nature.posterior_beside(row.case.complaint, row.case.age, row.said, known)
        np.testing.assert_allclose(fast, slow / slow.sum(), atol=1e-9)
        checked += len(found.axes) > 1
    assert checked > 30


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{}, {"cues": 0.1}, {"noise": 0.2, "cues": 0.0}, {"template_poverty": 0.5}], ids=str
)
def test_the_ceiling_with_columns_is_what_the_bayes_rule_reaches_and_above_the_texts(
    settings: dict[str, float],
) -> None:
    sim = drawn(1500, 11, **settings)
    posterior, labels = sim.posteriors_with_columns(), sim._labels
    np.testing.assert_allclose(posterior.sum(axis=1), 1)
    best = posterior.max(axis=1)
    hit = (posterior.argmax(axis=1) == labels).mean()
    error = np.sqrt((best * (1 - best)).sum()) / len(labels)
    assert abs(hit - sim.ceiling_with_columns()) < 3 * error + 1e-3
    told = -np.log(posterior[np.arange(len(labels)), labels])
    entropy = -(posterior * np.log(np.maximum(posterior, 1e-300))).sum(axis=1)
    assert abs((told - entropy).mean()) < 4 * (told - entropy).std() / np.sqrt(len(labels))
    assert sim.ceiling_with_columns() > sim.ceiling() + 0.005
    assert sim.draw().provenance.ceiling == round(sim.ceiling_with_columns(), 4)


def test_where_the_text_says_all_cells_the_columns_add_nothing() -> None:
    sim = KtasSim(rows=40, seed=1)
    for row, beside in zip(sim._drawn, sim._beside, strict=True):
        told = Bedside(beside.cells, frozenset((*NUMERIC, *CATEGORICAL)))
        found = sim._nature.complaints[row.case.complaint]
        known = evidence(found, row.case.age, told)
        np.testing.assert_allclose(
            sim._nature.posterior_beside(row.case.complaint, row.case.age, row.said, known), sim._posterior(row)
        )


def test_the_fewer_cues_a_text_tells_the_more_the_columns_are_worth() -> None:
    few, many = (KtasSim(rows=500, cues=cues) for cues in (0.1, 0.95))
    assert few.ceiling() < many.ceiling()
    gains = [sim.ceiling_with_columns() - sim.ceiling() for sim in (few, many)]
    assert gains[0] > 1.5 * gains[1] > 0
    with pytest.raises(InputError, match="cues"):
        KtasSim(cues=1.2)


def test_the_steps_of_the_second_look_are_the_whole_of_it() -> None:
    np.testing.assert_allclose(np.sum([looked_by(step) for step in SECOND_LOOK], axis=0), second_look())


def test_the_tables_name_only_what_the_grammar_has() -> None:
    assert effects_of_states() and effects_of_complaints()
    assert {one.group for one in bands()} == {age for found in complaints() for age in found.ages}


def test_the_card_reads_the_columns_that_are_drawn(tmp_path: Path) -> None:
    known, data = card(WITH_VITALS), load_dataset(WITH_VITALS, Workspace.at(tmp_path))
    assert (known.numeric, known.categorical) == (NUMERIC, CATEGORICAL) == (data.numeric, data.categorical)
    assert data.name == WITH_VITALS and data.side is not None and len(data) == 1000


def test_a_csv_of_it_is_read_back_with_the_same_columns_found_by_their_type(tmp_path: Path) -> None:
    data = load_dataset(WITH_VITALS, Workspace.at(tmp_path))
    path = tmp_path / "sim.csv"
    path.write_bytes(as_csv(data))
    found = with_columns(read_file(path, text="text", label="label", also=None), Beside(auto=True))
    assert set(found.numeric) == set(NUMERIC) and set(found.categorical) == set(CATEGORICAL)
    assert found.side is not None and data.side is not None and len(found) == len(data)
    for name in NUMERIC:
        np.testing.assert_array_equal(found.side.numeric[name], data.side.numeric[name])
    for name in CATEGORICAL:
        assert found.side.categorical[name] == data.side.categorical[name]
    codes = {notice.code for notice in found.notices}
    assert not codes & {"columns.away", "columns.unread", "columns.impossible"}
