"""Hostile model folders, given to `triage-bench predict` in processes that are watched.

Survived: exit code 2, one line on stderr, no canary, little memory and time. A process that dies costs the
attack that killed it, and the next attack gets a new one.
``python -m benchmarks.reliability.model_files [--quick]`` prints the figures.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reliability.attacks import ATTACKS, copied
from benchmarks.reliability.result import Result

FAMILIES = ("tfidf-lr", "knn", "lightgbm", "lstm")
MOST_BYTES = 256 << 20
"""Resident memory that refusing may take beyond what the process has already."""

MOST_SECONDS = 5.0
"""Processor seconds of one refusal; wall time would measure the neighbours."""

MOST_ADDRESSES = 16 << 30
SILENT_SECONDS = 600.0
QUICK = 6
"""Every so manyth attack is tried in a quick campaign."""

SMALL_NETWORK = {"epochs": 2, "hidden": 4, "embedding": 4, "tokenizer": "eojeol"}


@dataclass(frozen=True)
class Ending:
    """How an attack ended: exit code, lines on stderr, processor seconds, bytes more than before, canary."""

    attack: str
    code: int
    lines: tuple[str, ...] = ()
    seconds: float = 0.0
    more: int = 0
    canary: bool = False

    @property
    def held(self) -> bool:
        """Whether it was refused as it must be."""
        one_line = len(self.lines) == 1 and self.lines[0].startswith("error: ")
        cheap = self.seconds <= MOST_SECONDS and self.more <= MOST_BYTES
        return self.code == 2 and one_line and not self.canary and cheap


def campaign(seed: int, quick: bool) -> Sequence[Result]:
    """Try every attack; they are a fixed list, so the seed changes nothing."""
    chosen = list(ATTACKS)[:: QUICK if quick else 1]
    with TemporaryDirectory() as made:
        folder = Path(made)
        keep_models(folder)
        of_family = {name: [attack for attack in chosen if ATTACKS[attack][0] == name] for name in FAMILIES}
        endings = [one for attacks in of_family.values() if attacks for one in _watched(folder, attacks)]
    fallen = [one for one in endings if not one.held]
    note = (
        f"canaries {sum(one.canary for one in endings)}; at most {max(one.seconds for one in endings):.1f} s of a "
        f"processor and {max(one.more for one in endings) / 1e6:.0f} MB"
    )
    note += f"; failed: {', '.join(f'{one.attack} ({one.code}: {one.lines[:1]})' for one in fallen)}" if fallen else ""
    return [Result("malicious model files", len(endings), len(endings) - len(fallen), note)]


def _watched(folder: Path, attacks: Sequence[str]) -> Iterator[Ending]:
    """Let processes of their own try the attacks; one that dies or hangs is replaced."""
    left = list(attacks)
    while left:
        command = [sys.executable, "-m", "benchmarks.reliability.model_files", "--try", str(folder), *left]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
            assert child.stdout is not None
            timer = threading.Timer(SILENT_SECONDS, child.kill)
            timer.start()
            for line in child.stdout:
                found = json.loads(line)
                yield Ending(**{**found, "lines": tuple(found["lines"])})
                left.remove(found["attack"])
            timer.cancel()
        if left:
            yield Ending(left.pop(0), child.returncode)


def try_attacks(folder: Path, attacks: Sequence[str]) -> None:
    """Try attacks in this process and print one line of JSON each."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    texts = folder / "new.txt"
    texts.write_text("text\n가슴이 답답해요\n", encoding="utf-8")
    sound = _tried("", folder / ATTACKS[attacks[0]][0], texts)  # loads the libraries, and is no attack
    assert sound.code == 0, sound
    for attack in attacks:
        name, change, _ = ATTACKS[attack]
        with TemporaryDirectory() as made:
            nest, victim = Path(made) / "canary", copied(folder / name, Path(made))
            change(victim, nest)
            ending = _tried(attack, victim, texts, nest)
        sys.stdout.write(json.dumps(asdict(ending)) + "\n")
        sys.stdout.flush()


def _tried(attack: str, model: Path, texts: Path, nest: Path | None = None) -> Ending:
    from triage_bench.cli.app import main

    Path("/proc/self/clear_refs").write_text("5")  # the largest resident size counts from here
    before, start, said = _resident("VmRSS"), time.process_time(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        code = main(["predict", str(model), str(texts), "--text", "text", "--quiet"])
    more, seconds = _resident("VmHWM") - before, time.process_time() - start
    return Ending(attack, code, tuple(said.getvalue().splitlines()), seconds, more, nest is not None and nest.exists())


def _resident(which: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(which))


def keep_models(folder: Path) -> None:
    """Fit and keep the models that are tampered with."""
    from triage_bench.models import MODELS
    from triage_bench.models.keeping import save_model
    from triage_bench.testing import easy_sentences

    texts, labels = easy_sentences()
    for name in FAMILIES:
        small: dict[str, Any] = SMALL_NETWORK if "network" in MODELS.entry(name).tags else {}
        save_model(MODELS.load(name)(**small).fit(texts, labels), folder / name)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--try"]:
        try_attacks(Path(sys.argv[2]), sys.argv[3:])
    else:
        for result in campaign(0, quick="--quick" in sys.argv):
            print(result)
