"""A classifier of the user's own, from a file: loaded, wrapped, and made to keep our contract.

Only a worker process or `check` in a process of its own executes the file; the driver merely reads its bytes. The
model is given the labels by their names, as it would see them in a data file (whole numbers as ``int``), and its
answers are read back into label codes.
"""

from __future__ import annotations

import importlib.util
import inspect
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from triage_bench.core.errors import InputError, InvalidOutputError, UnknownNameError
from triage_bench.core.space import Space
from triage_bench.models.own_history import epochs_of

Codes = NDArray[np.int64]
SEED = "random_state"


def load_brought(path: Path, name: str) -> Brought:
    """Execute a file and return what it calls `name`.

    Raises
    ------
    InputError
        If the file cannot be executed, or `name` cannot be called.
    UnknownNameError
        If the file has no such name.
    """
    module = _module(path)
    if not hasattr(module, name):
        public = [one for one, value in vars(module).items() if callable(value) and not one.startswith("_")]
        raise UnknownNameError(f"name in {path.name}:", name, public)
    make = getattr(module, name)
    if not callable(make):
        raise InputError(
            f"{path.name}:{name} is {type(make).__name__}; expected a class, or a function that makes one."
        )
    return Brought(make, f"{path.name}:{name}", getattr(make, "space", None) or Space({}))


def label_values(names: Sequence[str]) -> list[Any]:
    """Return the labels as a data file's reader would give them: ``int`` where all of them are whole numbers."""
    whole = all(name.lstrip("-").isdecimal() and str(int(name)) == name for name in names)
    return [int(name) for name in names] if whole else list(names)


@dataclass(frozen=True)
class Brought:
    """Makes wrapped models; stands where a registered estimator class would.

    Attributes
    ----------
    make
        The user's class or factory.
    name
        As in a recipe: ``FILE.py:NAME``.
    space
        What tuning may change, where the class says so.
    """

    make: Callable[..., Any]
    name: str
    space: Space = field(default_factory=lambda: Space({}))

    def __call__(self, **params: Any) -> BroughtClassifier:
        """Return a model with these parameters, not yet fitted."""
        return BroughtClassifier(self.make, self.name, params)


class BroughtClassifier:
    """A user's model behind the contract of `triage_bench.models.contract`: label codes in, label codes out.

    Parameters
    ----------
    make, name
        As in `Brought`.
    params
        Given to `make`.

    Attributes
    ----------
    classes_ : ndarray of int64
        The label codes it was trained on, ascending; columns of `predict_proba`.
    history_ : tuple of dict
        The model's own, where it has one, under our names.
    facts_ : dict
        ``one_hot``: 1 where the model gives no probabilities, and its answers stand for them.
    model_
        The user's fitted model.
    """

    def __init__(self, make: Callable[..., Any], name: str, params: Mapping[str, Any]) -> None:
        self._make, self._name = make, name
        self._params = dict(params)
        self._names: tuple[str, ...] = ()
        self._seed: int | None = None

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """Return the parameters, and the seed: every brought model is given one."""
        return {**self._params, SEED: self._params.get(SEED, self._seed)}

    def set_params(self, **params: Any) -> BroughtClassifier:
        """Take parameters over; a seed that the user fixed stays."""
        seed = params.pop(SEED, self._seed)
        self._seed = None if seed is None else int(seed)
        self._params.update(params)
        return self

    def name_labels(self, names: Sequence[str]) -> None:
        """Say what the label codes are called; without it the model is given the codes."""
        self._names = tuple(names)

    def fit(self, X: Sequence[str], y: ArrayLike) -> BroughtClassifier:
        """Train the user's model on label names."""
        codes = np.asarray(y, dtype=np.int64)
        values: list[Any] = label_values(self._names) if self._names else list(range(int(codes.max()) + 1))
        self.classes_ = np.unique(codes)
        self._code_of = {value: code for code, value in enumerate(values)}
        self._code_of |= {str(value): code for code, value in enumerate(values)}
        self._values = values
        seed_everything(self._seed)
        self.model_ = self._made()
        fitted = self.model_.fit(list(X), np.array([values[code] for code in codes]))
        if not hasattr(self.model_, "predict") and hasattr(fitted, "predict"):
            self.model_ = fitted
        self.history_ = epochs_of(getattr(self.model_, "history_", None))
        self.facts_ = _facts(self.model_)
        return self

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, or the answers as certainties where the model gives none.

        Raises
        ------
        InvalidOutputError
            If what comes back has another shape than one number per text and label.
        """
        if not hasattr(self.model_, "predict_proba"):
            raw = np.asarray(self.model_.predict(list(X)))
            if raw.ndim == 2 and raw.dtype.kind == "f":  # Keras: predict gives what others call predict_proba
                return self._columns(raw, len(X))
            self.facts_["one_hot"] = 1.0
            return (self._codes(raw, len(X))[:, None] == self.classes_).astype(np.float64)
        return self._columns(np.asarray(self.model_.predict_proba(list(X)), dtype=np.float64), len(X))

    def predict(self, X: Sequence[str]) -> Codes:
        """Return the answers as label codes.

        Raises
        ------
        InvalidOutputError
            If there is not one known label per text.
        """
        raw = np.asarray(self.model_.predict(list(X)))
        if raw.ndim == 2 and raw.dtype.kind == "f":
            return self.classes_[self._columns(raw, len(X)).argmax(axis=1)]
        return self._codes(raw, len(X))

    def _made(self) -> Any:
        params = dict(self._params)
        if SEED in params or self._seed is None:
            return self._make(**params)
        if SEED in _parameters(self._make):
            return self._make(**params, random_state=self._seed)
        model = self._make(**params)
        if hasattr(model, "get_params") and hasattr(model, "set_params"):
            seeds = [one for one in model.get_params() if one == SEED or one.endswith(f"__{SEED}")]
            return model.set_params(**dict.fromkeys(seeds, self._seed)) if seeds else model
        if hasattr(model, SEED):
            model.random_state = self._seed
        return model

    def _columns(self, raw: NDArray[Any], rows: int) -> NDArray[np.float64]:
        """Put the model's columns into the order of the label codes."""
        own = [self._code(value) for value in self._own_classes()]
        if len(own) == 2 and raw.shape in ((rows,), (rows, 1)):  # one sigmoid: the probability of the second label
            raw = np.column_stack([1 - raw.reshape(rows), raw.reshape(rows)])
        if raw.shape != (rows, len(own)):
            raise InvalidOutputError(f"predict_proba gave shape {raw.shape}; expected {(rows, len(own))}.")
        found = np.zeros((rows, len(self.classes_)))
        for column, code in enumerate(own):
            found[:, int(np.searchsorted(self.classes_, code))] = raw[:, column]
        return found

    def _own_classes(self) -> Sequence[Any]:
        own = getattr(self.model_, "classes_", None)
        if own is not None:
            return list(np.asarray(own).tolist())
        return sorted(self._values[code] for code in self.classes_)

    def _codes(self, raw: NDArray[Any], rows: int) -> Codes:
        if raw.shape == (rows, 1):
            raw = raw[:, 0]
        if raw.shape != (rows,):
            raise InvalidOutputError(f"predict gave shape {raw.shape}; expected one label for each of {rows} texts.")
        return np.array([self._code(value) for value in raw.tolist()], dtype=np.int64)

    def _code(self, value: Any) -> int:
        code = self._code_of.get(value, self._code_of.get(str(value)))
        if code is None or code not in self.classes_:
            known = ", ".join(repr(self._values[one]) for one in self.classes_)
            raise InvalidOutputError(f"the model answered {value!r}; the labels it was trained on are {known}.")
        return code


def seed_everything(seed: int | None) -> None:
    """Seed the generators a user's model may draw from, in this process; their libraries are not imported for it."""
    if seed is None:
        return
    random.seed(seed)
    np.random.seed(seed)
    for library, place in (("torch", "manual_seed"), ("tensorflow", "random.set_seed")):
        loaded: Any = sys.modules.get(library)
        for step in place.split("."):
            loaded = getattr(loaded, step, None)
        if callable(loaded):
            loaded(seed)


def _module(path: Path) -> ModuleType:
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)  # the user's neighbouring files; last, so that they shadow no library
    name = path.stem if path.stem.isidentifier() and importlib.util.find_spec(path.stem) is None else ""
    name = name or f"brought_{path.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path.name!r} is no Python file; give FILE.py:NAME.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        sys.modules.pop(name, None)
        raise InputError(f"{path.name} cannot be executed: {type(error).__name__}: {error}") from error
    return module


def _parameters(make: Callable[..., Any]) -> Sequence[str]:
    try:
        return list(inspect.signature(make).parameters)
    except (TypeError, ValueError):  # some built-in classes do not tell
        return []


def _facts(model: Any) -> dict[str, float | str]:
    own = getattr(model, "facts_", None)
    if not isinstance(own, Mapping):
        return {}
    plain = {str(name): value for name, value in own.items() if isinstance(value, float | int | str)}
    return {name: value for name, value in plain.items() if isinstance(value, str) or isfinite(value)}
