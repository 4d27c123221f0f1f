from __future__ import annotations

import re
import subprocess
import sys

import pytest

from triage_bench.core.errors import TriageBenchError, UnknownNameError
from triage_bench.datasets.cards import Card, card, parse_cards, read_cards

MINIMAL = """
name = "mine"
title = "Mine"
origin = "here"
licence = "MIT"
reader = "somewhere:read"
summary = { ko = "내 것", en = "mine" }
"""
ALL = list(read_cards().values())


def test_every_data_set_of_the_suites_has_a_card() -> None:
    expected = {"kobill", "ktas-sim", "nsmc", "nsmc-10k", "ynat", "ktas_symptom", "ktas_symptom-grouped"}
    assert expected | {"ktas_table", "ktas_moon2019"} <= set(read_cards())


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.name)
def test_a_card_says_what_a_person_and_a_download_need(known: Card) -> None:
    assert known.title and known.origin and known.licence and known.summary.ko and known.summary.en
    assert known.provenance.role == known.role and not known.provenance.private
    for file in known.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert re.match(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/", file.url), "pinned commit"
        assert file.max_bytes > 0 and not file.path.startswith(("/", "."))
    for published in known.published:
        assert 0 < published.value < 1 and published.source


@pytest.mark.parametrize("known", [known for known in ALL if known.files], ids=lambda known: known.name)
def test_a_public_card_names_the_band_a_sound_model_ends_up_in(known: Card) -> None:
    assert known.expected is not None
    low, high = known.expected
    assert 0 < low < high < 1 and high - low < 0.2
    assert known.expected_split in ("official", "grouped", "stratified")


def test_a_variant_repeats_only_what_it_changes() -> None:
    origin, variant = card("nsmc"), card("nsmc-10k")
    assert variant.files == origin.files and variant.reader == origin.reader
    assert variant.options == {"train_rows": 10_000} and origin.options == {}


def test_an_unknown_data_set_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown data set 'nmsc'\. Did you mean 'nsmc'\?"):
        card("nmsc")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("name = ", "card 'a.toml' cannot be read: Invalid value"),
        (MINIMAL + 'colour = "red"', r"unknown fields \['colour'\]"),
        (MINIMAL.replace("licence", "# licence"), "licence"),
        (MINIMAL.replace("summary", "# summary"), "summary"),
        (MINIMAL + '[[files]]\npath = "a"', "sha256"),
    ],
)
def test_a_faulty_card_says_what_is_wrong(toml: str, message: str) -> None:
    with pytest.raises(TriageBenchError, match=message):
        parse_cards(toml, "a.toml")


def test_listing_data_sets_loads_nothing_heavy() -> None:
    code = (
        "import sys; from triage_bench.datasets.cards import read_cards; import triage_bench.datasets; read_cards(); "
        "print(sorted({'pandas', 'pooch', 'pyarrow', 'openpyxl', 'scipy', 'sklearn', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
