"""Names that a shell completes: what is registered, what has a card, what stands in the package's tables."""

from __future__ import annotations

from collections.abc import Iterable


def families(incomplete: str) -> list[str]:
    """Return the models whose names begin so; after a bracket, the model with each tokenizer."""
    from triage_bench.models import MODELS

    if "[" not in incomplete:
        return _beginning(incomplete, (entry.name for entry in MODELS))
    model = incomplete.partition("[")[0]
    return _beginning(incomplete, (f"{model}[{one}]" for one in tokenizers("")))


def tokenizers(incomplete: str) -> list[str]:
    """Return the tokenizers whose names begin so."""
    from triage_bench.text.tokenizers import TOKENIZERS

    return _beginning(incomplete, (entry.name for entry in TOKENIZERS))


def datasets(incomplete: str) -> list[str]:
    """Return the data sets whose names begin so."""
    import tomllib

    from triage_bench.core.content import content_folder

    cards = [tomllib.loads(path.read_text("utf-8")) for path in sorted(content_folder("cards").glob("*.toml"))]
    return _beginning(incomplete, (one["name"] for card in cards for one in (card, *card.get("variants", ()))))


def suites(incomplete: str) -> list[str]:
    """Return the suites whose names begin so."""
    from triage_bench.core.content import content_folder

    return _beginning(incomplete, sorted(path.stem for path in content_folder("suites").glob("*.toml")))


def budgets(incomplete: str) -> list[str]:
    """Return the budgets whose names begin so."""
    return _beginning(incomplete, ("quick", "standard", "thorough"))


def executors(incomplete: str) -> list[str]:
    """Return where jobs can run."""
    return _beginning(incomplete, ("local", "dask", "serial"))


def languages(incomplete: str) -> list[str]:
    """Return the languages of the report."""
    from triage_bench.core.sentence import LANGUAGES

    return _beginning(incomplete, LANGUAGES)


def scales(incomplete: str) -> list[str]:
    """Return what labels can be."""
    return _beginning(incomplete, ("nominal", "ordinal", "triage"))


def metrics(incomplete: str) -> list[str]:
    """Return the metrics that runs can be compared by, as the start of a condition for CI."""
    return _beginning(incomplete, ("macro_f1<-0.01", "accuracy<-0.01", "balanced_accuracy<-0.01", "qwk<-0.01"))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
