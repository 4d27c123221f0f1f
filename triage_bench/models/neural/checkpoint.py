"""Where a training left off: its weights and all that decides what comes next, after every epoch.

Two files: ``PHASE-0003.safetensors`` with the tensors and ``PHASE.json`` with the rest, sealed, which
names the first. The JSON is renamed into place when the tensors are safe on disk, so that there is
always one whole checkpoint, whenever the process ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from triage_bench.core.digest import digest, digest_array, digest_texts
from triage_bench.core.errors import InputError, RecordError
from triage_bench.models.neural.device import choose_device
from triage_bench.models.neural.weights import packed, unpacked
from triage_bench.store import read_sealed, write_sealed, write_whole

CHECKPOINT_SCHEMA = 1
"""1: first."""


@dataclass(frozen=True)
class Checkpoint:
    """The last finished epoch of one training.

    Attributes
    ----------
    folder
        Where its files stand; made when the first is written.
    phase
        Which of a model's trainings this is: ``"stopping"`` with a validation slice, ``"refit"`` on all rows.
    fingerprint
        Digest of all that must be the same for the training to go on: parameters, texts, labels, versions.
    """

    folder: Path
    phase: str
    fingerprint: str

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.phase}.json"

    def write(self, epoch: int, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Keep the state after an epoch; the one before goes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        data = packed(tensors)
        name = f"{self.phase}-{epoch:04d}.safetensors"
        write_whole(self.folder / name, data)
        head = {"schema": CHECKPOINT_SCHEMA, "fingerprint": self.fingerprint, "epoch": epoch}
        write_sealed(self._file, {**head, "file": name, "sha256": sha256(data).hexdigest(), "state": dict(state)})
        for older in self.folder.glob(f"{self.phase}-*.safetensors"):
            if older.name != name:
                older.unlink(missing_ok=True)

    def read(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return tensors and state, or None where no epoch was finished.

        Raises
        ------
        InputError
            If the checkpoint is damaged, or of another training.
        """
        if not self._file.exists():
            return None
        way_on = f"Delete {str(self.folder)!r} to train from the start."
        try:
            found = read_sealed(self._file)
            name = f"{self.phase}-{found['epoch']:04d}.safetensors"
            data = (self.folder / name).read_bytes()
        except (RecordError, OSError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"the checkpoint {self._file.name} is damaged or incomplete. {way_on}") from error
        if found.get("schema") != CHECKPOINT_SCHEMA or found.get("fingerprint") != self.fingerprint:
            raise InputError(
                "the checkpoint is of another training (other data, parameters, seed or torch version). "
                f"Repeat the command as it was, or: {way_on}"
            )
        if sha256(data).hexdigest() != found["sha256"]:
            raise InputError(f"the checkpoint's {name} is damaged: its digest does not match. {way_on}")
        return unpacked(data, name), found["state"]


def checkpoint_of(
    model: Any,
    folder: Path | None,
    phase: str,
    texts: Sequence[str],
    codes: NDArray[Any],
    shares: Sequence[float] = (),
    **same: Any,
) -> Checkpoint | None:
    """Return where a model keeps one of its trainings; None where it keeps none.

    Parameters
    ----------
    model
        An estimator: its class and parameters must be the same for the training to go on.
    folder, phase
        See `Checkpoint`.
    texts, codes
        What it is trained on, all of it.
    shares
        See `Training`; where there are none they do not count.
    **same
        What else must be the same, as plain data.
    """
    if folder is None:
        return None
    parts = {
        "model": type(model).__qualname__,
        "params": {name: repr(value) for name, value in model.get_params(deep=False).items()},
        "texts": digest_texts(texts),
        "codes": digest_array(codes),
        "computed by": [torch.__version__, choose_device().type],
        **({"shares": list(shares)} if shares else {}),
        **same,
    }
    return Checkpoint(folder, phase, digest(parts))


def written(number: float) -> float | str:
    """Return a number as JSON can hold it: one that is not finite as a word."""
    return float(number) if isfinite(number) else str(float(number))


def written_epoch(entry: Mapping[str, float]) -> dict[str, float | str]:
    """Return one epoch's entry as JSON can hold it."""
    return {name: written(value) for name, value in entry.items()}


def read_epoch(entry: Mapping[str, float | str]) -> dict[str, float]:
    """Read back what `written_epoch` gave."""
    return {name: float(value) for name, value in entry.items()}
