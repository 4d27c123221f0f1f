"""What is known of data and models without having planted it here, and what the verdict says of it.

    TRIAGE_BENCH_DATA=… python -m benchmarks.faults.truths [--only NAME,NAME]

Prints one line per truth: right or wrong, the headline, its confidence and the seconds. The tests run the quick
ones. Where the truth needs a data set that is not here, the line says so.
"""

# ruff: noqa: E402  The threads are fixed before NumPy starts.
from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

from benchmarks.faults.conduct import diagnosed
from triage_bench.core.dataset import Dataset
from triage_bench.core.errors import UnavailableError
from triage_bench.core.finding import Finding, Verdict
from triage_bench.core.run import Run
from triage_bench.core.workspace import Workspace
from triage_bench.datasets import load_dataset, read_file
from triage_bench.datasets.ktas_sim import KtasSim
from triage_bench.datasets.written import as_csv
from triage_bench.diagnosis.verdict import findings_of, verdicts_of
from triage_bench.leaderboard.table import leaderboard
from triage_bench.running.brought import brought_recipe

HERE = Path(__file__).parent
TUTORIAL, NETWORKS = HERE / "tutorial_lstm.py", HERE / "networks.py"
NOISE = 0.4
NOISE_TOLERANCE = 0.08
CEILING_TOLERANCE = 0.05


@dataclass(frozen=True, eq=False)
class Said:
    """What a diagnosis came to: the verdict that was asked for, and what it rests on."""

    run: Run
    verdict: Verdict
    findings: tuple[Finding, ...]

    def number(self, code: str, name: str) -> float:
        """Return a number of a check's finding."""
        return float(next(one.numbers[name] for one in self.findings if one.code == code and name in one.numbers))


Judge = Callable[[Said], str | None]


@dataclass(frozen=True)
class Truth:
    """A data set, perhaps with a model, and the verdict that is known to be right.

    Attributes
    ----------
    name
        What a person calls it.
    rows
        Draws the data.
    cause
        The headline that is right.
    model
        ``FILE.py:NAME`` where the verdict on a brought model is asked.
    listed
        A cause that must stand somewhere in the list.
    judge
        Says what else is wrong, or None.
    budget
        The diagnosis' budget.
    """

    name: str
    rows: Callable[[Workspace], Dataset]
    cause: str
    model: str | None = None
    listed: str | None = None
    judge: Judge = lambda said: None
    budget: str = "quick"


def examined(truth: Truth, workspace: Workspace) -> Said:
    """Run the diagnosis of a truth in this process.

    Raises
    ------
    UnavailableError
        If its data is not here.
    """
    rows = truth.rows(workspace)
    recipe = brought_recipe(truth.model, None) if truth.model else None
    run = diagnosed(rows, truth.budget, 0, workspace, recipe)
    findings = tuple(one for one in findings_of(run) if one.dataset == rows.name)
    wanted = recipe.name if recipe else None
    verdict = next(one for one in verdicts_of(run, findings) if one.dataset == rows.name and one.model == wanted)
    return Said(run, verdict, findings)


def mistake(truth: Truth, said: Said) -> str | None:
    """Return what is wrong with a verdict, or None."""
    if said.verdict.cause != truth.cause:
        return f"the headline is {said.verdict.cause}, not {truth.cause}"
    if truth.listed is not None and truth.listed not in {one.cause for one in said.verdict.causes}:
        return f"{truth.listed} is not in the list"
    return truth.judge(said)


def _simulated(**settings: float) -> Callable[[Workspace], Dataset]:
    return lambda workspace: KtasSim(**settings).draw()  # type: ignore[arg-type]  # rows is whole where it is given


def _sample(name: str, rows: int) -> Callable[[Workspace], Dataset]:
    """Draw rows and read them back as a user's file, without the published split."""

    def drawn(workspace: Workspace) -> Dataset:
        with TemporaryDirectory() as folder:
            file = Path(folder) / f"{name}-{rows}.csv"
            file.write_bytes(as_csv(load_dataset(name, workspace), rows))
            return read_file(file, text="text", label="label")

    return drawn


def _noise_is_near(said: Said) -> str | None:
    found = said.number("TB551", "noise")
    return None if abs(found - NOISE) <= NOISE_TOLERANCE else f"noise is estimated as {found:.2f}, planted {NOISE}"


def _near_its_ceiling(said: Said) -> str | None:
    summary = next(one for one in said.run.plan.datasets if one.name == said.verdict.dataset)
    best = max(row.scores["accuracy"] for row in leaderboard(said.run) if row.dataset == summary.name)
    ceiling = summary.provenance.ceiling or 1.0
    said_why = any(one.code == "TB701" and one.outcome in ("tip", "issue") for one in said.findings)
    return None if ceiling - best <= CEILING_TOLERANCE or said_why else f"{best:.3f} of {ceiling:.3f}, and no reason"


def _beside_the_grouped_score(said: Said) -> str | None:
    compared = any(one.code == "TB215" and one.numbers for one in said.findings)
    return None if compared else "no grouped score stands beside"


QUICK = (
    Truth("ktas-sim with 40 % label noise", _simulated(rows=1000, noise=NOISE), "data.labels", judge=_noise_is_near),
    Truth("ktas-sim with template poverty", _simulated(rows=1000, template_poverty=0.6), "data.shortcut"),
    Truth("ktas-sim with 60 rows", _simulated(rows=60), "data.size"),
    Truth("ktas-sim as it is", _simulated(rows=1000), "healthy", judge=_near_its_ceiling),
)
"""Truths about data: seconds each, run by the tests."""

PUBLISHED = (
    Truth(
        "ktas_symptom, published split",
        partial(load_dataset, "ktas_symptom"),
        "data.leakage",
        judge=_beside_the_grouped_score,
    ),
)
"""A truth about a public data set of 10,207 rows: eleven minutes on a busy machine, too long for the tests."""

WITH_MODELS = (
    Truth("nsmc 2,000, sound LSTM", _sample("nsmc", 2000), "healthy", f"{NETWORKS}:SoundLastState"),
    Truth(
        "nsmc 2,000, the same LSTM reading at the padding",
        _sample("nsmc", 2000),
        "model.wiring",
        f"{NETWORKS}:ReadsPadding",
    ),
    Truth(
        "nsmc 2,000, network of the tutorials",
        _sample("nsmc", 2000),
        "model.wiring",
        f"{TUTORIAL}:TutorialLSTM",
        "language.tokenization",
    ),
    Truth(
        "ynat 2,000, network of the tutorials",
        _sample("ynat", 2000),
        "model.wiring",
        f"{TUTORIAL}:TutorialLSTM",
        "language.tokenization",
    ),
    Truth(
        "kobill, network of the tutorials",
        _sample("kobill", 748),
        "model.wiring",
        f"{TUTORIAL}:TutorialLSTM",
        "language.tokenization",
    ),
)
"""Truths about networks: minutes each."""


def main() -> None:
    """Print what became of every truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), help="parts of names")
    wanted = parser.parse_args().only
    warnings.simplefilter("ignore")
    for truth in (*QUICK, *PUBLISHED, *WITH_MODELS):
        if wanted is None or any(part in truth.name for part in wanted):
            print(_line(truth), flush=True)


def _line(truth: Truth) -> str:
    begin = time.perf_counter()
    with TemporaryDirectory() as folder:
        try:
            said = examined(truth, Workspace.at(Path(folder) / "run", cache=Path(folder) / "cache"))
        except UnavailableError as error:
            return f"{truth.name:52} not here: {error}"
    wrong = mistake(truth, said)
    seconds = time.perf_counter() - begin
    causes = ", ".join(f"{one.cause} {one.confidence:.2f}" for one in said.verdict.causes)
    return f"{truth.name:52} {'right' if wrong is None else 'WRONG: ' + wrong:8} {seconds:6.1f} s  {causes}"


if __name__ == "__main__":
    main()
