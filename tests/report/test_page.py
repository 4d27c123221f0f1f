"""The page: nothing foreign becomes markup, nothing is loaded, no number is the page's own."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import factory
import pytest

from triage_bench.core.run import Run
from triage_bench.core.sentence import Sentence
from triage_bench.metrics import METRICS
from triage_bench.report.format import FORMATS, visible
from triage_bench.report.learning import CURVES
from triage_bench.report.page import TEMPLATES, render_page
from triage_bench.report.view import build_view
from triage_bench.report.words import PURPOSE_WORDS, STATUS_WORDS, WORDS

HANGUL = re.compile("[\uac00-\ud7a3]")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """Collects tags with their attributes, and text with whether it stands in a drawing or in code."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, tuple[str, ...]]] = []
        self.trail: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.trail.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.trail and self.trail[-1] == tag, f"</{tag}> closes {self.trail[-3:]}"
        self.trail.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((data, tuple(self.trail)))


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def test_every_tag_is_closed_and_no_foreign_tag_came_in(read: Reader) -> None:
    assert read.trail == []
    names = {tag for tag, _ in read.tags}
    assert not names & {"img", "iframe", "object", "embed", "link", "form", "base", "audio", "video"}
    assert sum(tag == "script" for tag, _ in read.tags) == 1
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]


def test_hostile_texts_are_shown_and_never_markup(page: str, read: Reader) -> None:
    assert factory.HOSTILE not in page
    assert "<img" not in page
    assert any(factory.HOSTILE in text for text, _ in read.texts)
    assert "\u202e" not in page and "\u200b" not in page
    assert any("[U+202E]" in text for text, _ in read.texts)


def test_the_policy_allows_exactly_the_pages_own_script(page: str, read: Reader) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 1
    expected = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    policy = next(a["content"] or "" for _, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert f"script-src 'sha256-{expected}'" in policy
    assert policy.startswith("default-src 'none';") and "base-uri 'none'" in policy and "form-action 'none'" in policy
    before = page[: page.index("Content-Security-Policy")]
    assert "<script" not in before and "<style" not in before


def test_nothing_is_loaded_from_anywhere(page: str, read: Reader) -> None:
    for tag, attributes in read.tags:
        assert "src" not in attributes and "srcset" not in attributes, tag
        href = attributes.get("href")
        assert href is None or re.fullmatch(r"#[\w-]+|[a-z_]+(\.excel)?\.(json|csv|md|txt)", href), href
    assert "url(" not in page and "@import" not in page


def test_every_link_inside_the_page_has_its_target(read: Reader) -> None:
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))
    wanted = {(a["href"] or "")[1:] for _, a in read.tags if (a.get("href") or "").startswith("#")}
    wanted |= {a["aria-labelledby"] or "" for _, a in read.tags if "aria-labelledby" in a}
    assert wanted <= set(ids)


def test_every_number_on_the_page_stands_in_report_json(view: dict[str, Any], read: Reader) -> None:
    known: set[str] = set()
    for value in leaves(view):
        if isinstance(value, str):
            known.update(NUMBER.findall(visible(value)))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            known.update(token for write in FORMATS.values() for token in NUMBER.findall(write(value)))
    sentences = [*WORDS.values(), *(metric.title for metric in METRICS.values())]
    known.update(token for said in sentences for text in (said.ko, said.en) for token in NUMBER.findall(text))
    shown = [
        (token, text)
        for text, trail in read.texts
        if not {"svg", "style", "script"} & set(trail)
        for token in NUMBER.findall(text)
    ]
    assert len(shown) > 500
    assert [pair for pair in shown if pair[0] not in known] == []


def test_both_languages_stand_side_by_side_with_the_same_numbers(view: dict[str, Any], page: str) -> None:
    other = render_page(view, "en")
    assert '<html lang="ko">' in page and '<html lang="en">' in other
    unlike = re.compile(r'<html lang="..">|aria-pressed="\w+"')
    assert unlike.sub("", page) == unlike.sub("", other)
    assert page.count("<i lang=ko>") == page.count("<i lang=en>") > 200


@pytest.mark.parametrize("name", WORDS)
def test_every_word_is_said_in_both_languages(name: str) -> None:
    word = WORDS[name]
    assert word.ko.strip() and word.en.strip()
    assert not HANGUL.search(word.en)
    assert HANGUL.search(word.ko) or word == Sentence("F1", "F1")


def test_templates_use_known_words_only_and_every_word_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(TEMPLATES.glob("*.j2")))
    used = set(re.findall(r't\("(\w[\w-]*)"\)', text)) | set(re.findall(r"\bwords\.(\w+)", text))
    assert used <= set(WORDS)
    families = (
        "rule_",
        "outcome_",
        "area_",
        "status_",
        "role_",
        "scale_",
        "purpose_",
        "split_",
        "jobs_",
        "range_",
        "caption_",
        "method_",
        "means_",
    )
    listed = set(re.findall(r'"(\w+)"', text)) | set(CURVES)
    unused = {name for name in set(WORDS) - used - listed if not name.startswith(families)}
    assert unused == set()
    assert set(STATUS_WORDS.values()) | set(PURPOSE_WORDS.values()) <= set(WORDS)


def test_tables_say_what_they_are(read: Reader) -> None:
    tables = sum(tag == "table" for tag, _ in read.tags)
    assert tables == sum(tag == "caption" for tag, _ in read.tags) > 10
    assert all(a.get("scope") in ("col", "row", "rowgroup") for tag, a in read.tags if tag == "th")


def test_no_colour_speaks_alone(read: Reader) -> None:
    marks = [at for at, (_, a) in enumerate(read.tags) if (a.get("class") or "").split(" ")[0] in ("mark", "state")]
    assert marks
    assert all(read.tags[at + 1][1].get("aria-hidden") == "true" for at in marks)


def test_the_page_stays_small(page: str) -> None:
    assert len(page.encode()) < 360_000


def test_a_run_of_which_nothing_was_done_yet_has_a_page(run: Run) -> None:
    Reader(render_page(build_view(Run(run.plan, {}))))


def test_reporting_needs_no_maker_of_records(tmp_path: Path) -> None:
    heavy = ("torch", "sklearn", "lightgbm", "optuna", "konlpy", "jpype", "kiwipiepy", "altair", "pandas")
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from pathlib import Path\n"
        "import factory\n"
        "from triage_bench.core.workspace import Workspace\n"
        "from triage_bench.report.write import write_report\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "run = factory.build_run(rows=200, recipes=factory.RECIPES[:2])\n"
        "write_report(run, Workspace(folder / 'run', folder / 'data', folder / 'cache'), seconds=1.0)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
