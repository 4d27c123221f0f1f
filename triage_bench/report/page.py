"""From the view to the page: one self-contained HTML file in two languages.

Two layers keep foreign text from becoming markup: templates that escape everything, and a content
security policy that runs no script but our own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from triage_bench.core.sentence import Sentence
from triage_bench.report.format import FORMATS, shell, short, visible
from triage_bench.report.layout import lay_out
from triage_bench.report.words import PURPOSE_WORDS, STATUS_WORDS, WORDS

Language = Literal["ko", "en"]

TEMPLATES = Path(__file__).resolve().parent / "templates"
SYMBOLS: Mapping[str, str] = {
    "issue": "▲",
    "tip": "◆",
    "passed": "✓",
    "skipped": "–",
    "not_applicable": "○",
    "muted": "◌",
}
"""A sign per outcome, so that colour never speaks alone."""


def render_page(view: Mapping[str, Any], language: str = "ko") -> str:
    """Render the view as a page.

    Parameters
    ----------
    view
        What `triage_bench.report.view.build_view` returned.
    language
        What the page opens in: ``"ko"`` or ``"en"``.

    Returns
    -------
    str
        HTML that needs nothing beside it.
    """
    script = _own("page.js")
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            view=view,
            language=language,
            style=Markup(_own("page.css")),  # our own file
            script=Markup(script),
            policy=content_policy(script),
            **lay_out(view),
        )
    )


def content_policy(script: str) -> str:
    """Return the content security policy under which only this script runs and nothing is loaded."""
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'"
    )


def both(text: Sentence | Mapping[str, str]) -> Markup:
    """Return a statement in both languages, of which the page shows one."""
    said = text if isinstance(text, Sentence) else Sentence(text["ko"], text["en"])
    ko, en = escape(visible(said.ko)), escape(visible(said.en))
    return ko if ko == en else Markup("<i lang=ko>{}</i><i lang=en>{}</i>").format(ko, en)


def word(name: str) -> Markup:
    """Return a word of the page in both languages."""
    return both(WORDS[name])


def status_word(status: str) -> Markup:
    """Return what a status is called."""
    return word(STATUS_WORDS[status]) if status in STATUS_WORDS else escape(visible(status))


def purpose_word(purpose: str) -> Markup:
    """Return what a protocol is for."""
    return word(PURPOSE_WORDS[purpose]) if purpose in PURPOSE_WORDS else escape(visible(purpose))


def name(text: str, longest: int = 60) -> Markup:
    """Return a label or a name as it can be shown; what is cut stands in its title."""
    whole = visible(text)
    cut = short(whole, longest)
    return escape(cut) if cut == whole else Markup('<span title="{}">{}</span>').format(whole, cut)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        optimized=False,  # folding constants takes longer than the one page that is rendered gains
    )
    environment.filters |= {**FORMATS, "both": both, "name": name, "visible": visible, "shell": shell}
    environment.globals |= {
        "t": word,
        "status_word": status_word,
        "purpose_word": purpose_word,
        "symbols": SYMBOLS,
    }
    return environment


@cache
def _own(file: str) -> str:
    return (TEMPLATES / file).read_text(encoding="utf-8")
