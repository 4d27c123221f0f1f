"""A helper process that may hang or die: every text has a deadline, and loses its tokens at worst.

The analysers behind it (Java, some of them with endless loops) cannot be interrupted from
within. So they live in a process of their own that is started as a fresh program, never
forked, is asked over pipes, ends itself when it is idle or its parent is gone, and is killed
and started again when a text takes too long.
"""

from __future__ import annotations

import atexit
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from triage_bench.core.errors import TriageBenchError

Analyse = Callable[[str], Iterable[str]]

START_SECONDS = 300.0
"""Kkma's dictionary takes 20 s of one core, and more than a minute on a machine that is busy."""
IDLE_SECONDS = 60.0
_AHEAD_BYTES = 16_384
"""Sent ahead of the answers: below a pipe's buffer, so that writing never blocks on a hung reader."""
_ROOT = Path(__file__).resolve().parents[3]


class HelperProcess:
    """Asks ``python -m module`` to analyse texts.

    Parameters
    ----------
    module
        A module that calls `serve` when it is run.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stderr: IO[bytes] | None = None
        self._loaded: set[str] = set()
        self._lock = threading.Lock()
        atexit.register(self.close)

    def analyse(self, analyser: str, texts: Sequence[str], seconds: float) -> list[list[str] | None]:
        """Return each text's tokens; None where the analyser hung, raised or died.

        Parameters
        ----------
        analyser
            The name that the helper's `serve` loads it by.
        texts
            What to analyse.
        seconds
            How long one text may take.

        Raises
        ------
        TriageBenchError
            If the helper cannot load the analyser at all.
        """
        rows: list[list[str] | None] = []
        with self._lock:
            died = False
            while len(rows) < len(texts):
                self._prepare(analyser)
                before = len(rows)
                hung = self._stream(analyser, texts, rows, seconds)
                if len(rows) == len(texts):
                    break
                self._kill()
                # A helper that ends between two questions is idle, not broken: ask once more.
                if hung or (died and len(rows) == before):
                    rows.append(None)
                    died = False
                else:
                    died = True
        return rows

    def close(self) -> None:
        """End the helper; the next question starts another."""
        self._kill()

    def _stream(self, analyser: str, texts: Sequence[str], rows: list[list[str] | None], seconds: float) -> bool:
        """Ask for what is still missing; return whether the helper hung (False: finished, or it died)."""
        questions = (_line({"analyser": analyser, "text": text}) for text in texts[len(rows) :])
        for batch in _batches(questions):
            if not self._send(b"".join(batch)):
                return False
            for _ in batch:
                try:
                    answer = self._answers.get(timeout=seconds)
                except queue.Empty:
                    return True
                if answer is None:
                    return False
                rows.append(json.loads(answer))
        return False

    def _prepare(self, analyser: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
        if analyser in self._loaded:
            return
        answer: bytes | None = None
        if self._send(_line({"analyser": analyser})):
            try:
                answer = self._answers.get(timeout=START_SECONDS)
            except queue.Empty:
                answer = None
        if answer is None or json.loads(answer) is not True:
            said = self._last_words()
            self._kill()
            raise TriageBenchError(f"the analyser {analyser!r} could not be started: {said}")
        self._loaded.add(analyser)

    def _start(self) -> None:
        self._kill()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  It lives as long as the process.
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._answers = queue.SimpleQueue()
        threading.Thread(target=_pump, args=(self._process.stdout, self._answers), daemon=True).start()

    def _send(self, data: bytes) -> bool:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            return False
        return True

    def _last_words(self) -> str:
        if self._stderr is None:
            return "no reason given"
        self._stderr.seek(0)
        lines = self._stderr.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "no reason given"

    def _kill(self) -> None:
        process, self._process = self._process, None
        self._loaded.clear()
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, self._stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue  # unsent questions of a helper that is gone
        self._stderr = None


def serve(load: Callable[[str], Analyse]) -> None:
    """Answer a `HelperProcess` until it goes away or asks nothing for a while. Runs in the helper."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries print; what they print must not end up among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    analysers: dict[str, Analyse] = {}
    while True:
        try:
            question = json.loads(questions.get(timeout=IDLE_SECONDS) or b"null")
        except queue.Empty:
            os._exit(0)
        name = question["analyser"]
        if "text" in question:
            answers.write(_line(_answer(analysers[name], question["text"])))
        else:
            analysers[name] = load(name)
            answers.write(_line(True))
        answers.flush()


def _listen(questions: queue.SimpleQueue[bytes | None]) -> None:
    """Take questions in; when the parent is gone, end at once, even in the middle of an endless loop."""
    _pump(sys.stdin.buffer, questions, tell_end=False)
    os._exit(0)


def _answer(analyse: Analyse, text: str) -> list[str] | None:
    try:
        return [str(token) for token in analyse(text)]
    except Exception:
        return None


def _pump(lines: Any, into: queue.SimpleQueue[bytes | None], *, tell_end: bool = True) -> None:
    with lines:
        for line in lines:
            into.put(line)
    if tell_end:
        into.put(None)


def _line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _batches(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for line in lines:
        if batch and size + len(line) > _AHEAD_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch
