"""The page in a real Chromium: quiet, self-contained, accessible, unharmed by foreign text, usable without a mouse."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import factory
import hostile
import pytest

from triage_bench.report.page import render_page
from triage_bench.report.view import build_view

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install '.[dev]'")
axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed: pip install '.[dev]'")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium, or name one in CHROMIUM"),
]

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
PHONE = 360
OPEN_ALL = "document.querySelectorAll('details').forEach(box => box.open = true)"
SPY = "window.fired = []; for (const f of ['alert', 'confirm', 'prompt', 'print']) window[f] = () => fired.push(f);"


@dataclass
class Watched:
    """A loaded page with everything it complained of or asked for."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    # One of each, because axe takes its time per element: a search, a network, a failure, what could not be had.
    recipes = (factory.RECIPES[0], factory.RECIPES[2], *factory.RECIPES[4:])
    triage, _, missing = factory.summaries(150)
    run = factory.build_run(150, recipes, (triage, missing))
    view = build_view(run, exhibits=factory.exhibits(run), started="2026-01-02T03:04:05+00:00", seconds=312.4)
    return {language: _written(folder / f"{language}.html", render_page(view, language)) for language in ("ko", "en")}


@pytest.fixture
def load(chromium: Any) -> Iterator[Any]:
    opened = []

    def open_file(path: Path, **context: Any) -> Watched:
        room = chromium.new_context(**context)
        opened.append(room)
        room.add_init_script(SPY)
        watched = Watched(room.new_page())
        watched.page.on("console", lambda said: said.type == "error" and watched.complaints.append(said.text))
        watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        # What the policy stops is announced as a request, but comes to no route.
        room.route("**/*", lambda route: (watched.requests.append(route.request.url), route.continue_()))
        watched.page.on("dialog", lambda dialog: (watched.complaints.append(dialog.message), dialog.dismiss()))
        watched.page.goto(path.as_uri(), wait_until="load")
        return watched

    yield open_file
    for room in opened:
        room.close()


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_quiet_asks_for_nothing_and_breaks_no_rule_of_accessibility(
    load: Any, files: dict[str, Path], language: str, scheme: str
) -> None:
    seen = load(files[language], color_scheme=scheme)
    seen.page.evaluate(OPEN_ALL)
    seen.page.wait_for_timeout(100)
    assert seen.complaints == []
    assert seen.requests == [files[language].as_uri()]
    found = _violations(seen.page)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("folded", [True, False])
def test_a_phone_never_scrolls_sideways(load: Any, files: dict[str, Path], language: str, folded: bool) -> None:
    seen = load(files[language], viewport={"width": PHONE, "height": 800})
    if not folded:
        seen.page.evaluate(OPEN_ALL)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    beyond = seen.page.evaluate(
        """width => [...document.querySelectorAll('body *')].filter(one => {
            if (one.closest('.box, svg, pre') && !one.matches('.box, pre')) return false;
            const box = one.getBoundingClientRect();
            return box.width > 0 && box.right > width + 1 && getComputedStyle(one).position !== 'absolute';
        }).map(one => one.outerHTML.slice(0, 120))""",
        PHONE,
    )
    assert beyond == []


def test_the_language_changes_by_keyboard(load: Any, files: dict[str, Path]) -> None:
    page = load(files["ko"]).page
    _tab_to(page, "[data-language=en]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.lang") == "en"
    heading = page.locator("#leaderboard h2")
    assert heading.inner_text().strip().isascii()
    unfiltered = page.locator(".filter option[value='']")
    assert all(text.isascii() for text in unfiltered.all_inner_texts())
    _tab_to(page, "[data-language=ko]", backwards=True)
    page.keyboard.press("Space")
    assert not any(text.isascii() for text in unfiltered.all_inner_texts())
    assert page.evaluate("document.documentElement.lang") == "ko"
    assert not heading.inner_text().strip().isascii()


def test_a_column_sorts_both_ways_by_keyboard_and_keeps_what_has_no_value_last(
    load: Any, files: dict[str, Path]
) -> None:
    page = load(files["en"]).page
    _tab_to(page, "#leaderboard .board th[data-kind=number]:nth-of-type(3) button")
    read = """() => [...document.querySelector('.board').tBodies[0].rows].map(row => row.cells[2].textContent.trim())"""
    for way, down in (("ascending", False), ("descending", True)):
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.closest('th').ariaSort") == way
        shown = page.evaluate(read)
        known = [float(value) for value in shown if value != "–"]
        assert known == sorted(known, reverse=down) and len(known) > 3
        assert shown[len(known) :] == ["–"] * (len(shown) - len(known))


def test_the_filter_leaves_only_what_is_asked_for(load: Any, files: dict[str, Path]) -> None:
    page = load(files["ko"]).page
    _tab_to(page, "#filter")
    page.keyboard.type("TFIDF mecab")
    rows = page.evaluate(
        "[...document.querySelectorAll('.board tbody tr')].filter(r => !r.hidden).map(r => r.cells[1].textContent)"
    )
    assert rows and all("tfidf-lr" in row and "mecab" in row for row in rows)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert page.locator(".board tbody tr:not([hidden])").count() == page.locator(".board tbody tr").count() > len(rows)


def test_every_fold_opens_by_keyboard(load: Any, files: dict[str, Path]) -> None:
    page = load(files["ko"]).page
    first = page.query_selector("details:not([open]) > summary")
    first.focus()
    page.keyboard.press("Enter")
    assert first.evaluate("one => one.parentElement.open") is True


def test_print_opens_every_part_and_folds_them_again(load: Any, files: dict[str, Path]) -> None:
    page = load(files["ko"]).page
    page.evaluate(
        "addEventListener('beforeprint', () => window.shut = document.querySelectorAll('details:not([open])').length)"
    )
    before = page.locator("details:not([open])").count()
    page.pdf()
    assert before > 5
    assert page.evaluate("window.shut") == 0
    assert page.locator("details:not([open])").count() == before


@pytest.mark.parametrize("layers", ["escaping alone", "policy alone", "both"])
@pytest.mark.parametrize("part", range(hostile.PARTS))
def test_no_payload_fires_through_any_channel(load: Any, tmp_path: Path, layers: str, part: int) -> None:
    payloads = hostile.PAYLOADS[part :: hostile.PARTS]
    page = hostile.page_of(payloads)
    assert all(hostile.escaped(payload) in page for payload in payloads)
    if layers == "escaping alone":
        page = hostile.without_policy(page)
    elif layers == "policy alone":
        page = hostile.without_escaping(page, payloads)
    seen = load(_written(tmp_path / "page.html", page))
    seen.page.evaluate(OPEN_ALL)
    seen.page.wait_for_timeout(150)
    assert seen.page.evaluate("window.fired") == []
    assert [url for url in seen.requests if not url.startswith(("file:", "data:", "about:"))] == []
    if layers != "policy alone":
        assert seen.complaints == []


def test_the_spy_would_have_seen_a_payload_without_both_layers(load: Any, tmp_path: Path) -> None:
    payloads = hostile.PAYLOADS[:8]
    page = hostile.without_policy(hostile.without_escaping(hostile.page_of(payloads), payloads))
    seen = load(_written(tmp_path / "page.html", page))
    seen.page.wait_for_timeout(150)
    assert seen.page.evaluate("window.fired.length") > 0


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _written(tmp_path_factory.mktemp("large") / "large.html", render_page(_large_view(), "ko"))


@pytest.mark.slow
def test_twelve_models_on_twenty_data_sets_stay_within_two_megabytes(large: Path) -> None:
    assert large.stat().st_size <= 2_000_000


@pytest.mark.slow
def test_twelve_models_on_twenty_data_sets_load_without_being_laid_out(load: Any, large: Path) -> None:
    whole = _written(large.with_name("whole.html"), large.read_text("utf-8").replace("content-visibility:auto", ""))
    took: dict[Path, list[float]] = {large: [], whole: []}
    for page in (large, whole) * 3:  # 0.9 s and 3.1 s on an idle machine; a busy one keeps the ratio
        seen = load(page)
        took[page].append(seen.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
        assert seen.complaints == []
    assert 0 < min(took[large]) < 0.7 * min(took[whole])


@pytest.mark.slow
def test_a_link_leads_to_its_part_of_a_large_page_though_what_lies_between_was_never_laid_out(
    load: Any, large: Path
) -> None:
    page = load(large).page
    for part in ("failures", "errors", "calibration"):
        page.evaluate("window.scrollTo(0, 0)")
        page.click(f".contents a[href='#{part}']")
        page.wait_for_function(f"Math.abs(document.getElementById('{part}').getBoundingClientRect().top) < 40")


def _large_view() -> dict[str, Any]:
    """Six recipes, as they come and tuned, on one triage data set; then the same under twenty names."""
    run = factory.build_run(120, factory.RECIPES, factory.summaries(120)[:1])
    view = build_view(run, started="2026-01-02T03:04:05+00:00", seconds=1.0)
    return hostile.repeated(view, 20)


def _violations(page: Any) -> list[str]:
    page.evaluate(axe.AXE_FILE_PATH.read_text("utf-8"))
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", list(RULES)
    )
    return [
        f"{one['id']}: {one['help']}: {len(one['nodes'])} × {one['nodes'][0]['html'][:160]} "
        f"{one['nodes'][0]['failureSummary'][:200]!r}"
        for one in found["violations"]
    ]


def _tab_to(page: Any, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the focus is there, as one without a mouse would."""
    for _ in range(400):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")
