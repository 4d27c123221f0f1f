"""Where a pre-trained Transformer is found: a folder, a name in the cache, or a name on the hub. Needs no torch.

Only what describes, spells and weighs the model is looked at: its configuration, its tokenizer and its weights as
safetensors. Code that lies beside them is neither copied nor run, and pickled weights are refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from triage_bench.core.digest import DIGEST_BYTES, digest
from triage_bench.core.errors import InputError, MissingExtraError, UnavailableError
from triage_bench.core.identifiers import redacted
from triage_bench.models.neural.sources import located

TRANSFORMERS = "transformers"
"""Folder in the cache, in which bare names are looked up; and the optional dependency group."""

CONFIG = "config.json"
TOKENIZER_FILES = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"),
)
INDEX = "model.safetensors.index.json"
WEIGHT_PATTERNS = ("model.safetensors", "model-*.safetensors")
NAME_DIGITS = 8
INSTALL = f'pip install "triage-bench[{TRANSFORMERS}]"'

_HUB_NAME = re.compile(r"(?P<name>[\w.-]+(/[\w.-]+)?)(@(?P<revision>[\w./-]+))?")
_BLOCK = 1 << 22
# Each of them makes transformers fetch or import something else; a private name may hold a path.
_CODE = {"auto_map", "custom_pipelines", "quantization_config", "attn_implementation", "experts_implementation"}


def looks_like_a_path(name: str) -> bool:
    """Whether a name can only be a folder: no hub has a model of that name."""
    return name.startswith((".", "/", "~")) or _HUB_NAME.fullmatch(name) is None


def model_folder(name: str | None) -> Path:
    """Return the folder of a pre-trained Transformer: as a path, or else in the cache. The network is not asked.

    Raises
    ------
    UnavailableError
        If no model is named, or there is no such folder: what was to be measured with it is skipped.
    InputError
        If the folder holds no model that can be read.
    """
    if name is None:
        raise UnavailableError(
            "no pre-trained model is named; add --pretrain FOLDER, or the name of one on the hub, e.g. klue/bert-base."
        )
    folder = located(name, TRANSFORMERS)
    if not folder.is_dir():
        raise UnavailableError(
            f"the pre-trained model {_said(name)!r} is neither a folder here nor in the cache, and was not to be had "
            "from the hub (no network, HF_HUB_OFFLINE, or no such model); name a folder: --pretrain FOLDER."
        )
    model_files(folder)
    return folder


def model_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a model that count, by name.

    Raises
    ------
    InputError
        If configuration, tokenizer or weights are missing, or the weights are not safetensors.
    """
    found = [folder / name for name in (CONFIG, *TOKENIZER_FILES, INDEX) if (folder / name).is_file()]
    weights = [path for pattern in WEIGHT_PATTERNS for path in folder.glob(pattern) if path.is_file()]
    if folder / CONFIG not in found:
        raise InputError(f"{folder.name!r} is no pre-trained Transformer: it has no {CONFIG}.")
    if (folder / "adapter_config.json").exists():
        raise InputError(f"{folder.name!r} is an adapter without its model; merge both and save the whole.")
    if not weights:
        pickled = " Its weights are pickled, and unpickling runs code:" if any(folder.glob("*.bin")) else ""
        raise InputError(
            f"{folder.name!r} has no model.safetensors.{pickled} "
            "save it with save_pretrained(folder), or name a revision that has some: NAME@refs/pr/1."
        )
    if not any(path.name in TOKENIZER_FILES for path in found):
        raise InputError(f"{folder.name!r} has no tokenizer (tokenizer.json or vocab.txt).")
    return tuple(sorted({*found, *weights}, key=lambda path: path.name))


def model_digest(folder: Path) -> str:
    """Return the digest of a model's content; its place and its name do not count."""
    stamps = {path: path.stat() for path in model_files(folder)}
    return digest({path.name: _file_digest(path, one.st_size, one.st_mtime_ns) for path, one in stamps.items()})


def configuration(folder: Path) -> dict[str, Any]:
    """Return a model's configuration without the hints at code of its own.

    Raises
    ------
    InputError
        If it is no JSON object.
    """
    try:
        found = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"the {CONFIG} of {folder.name!r} is no JSON, or a damaged one.") from error
    if not isinstance(found, dict) or not isinstance(found.get("model_type"), str):
        raise InputError(f"the {CONFIG} of {folder.name!r} names no model_type.")
    return without_code(found)


def without_code(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without what would load somebody's code, or tell a place of this machine."""
    return {
        str(name): without_code(value) if isinstance(value, Mapping) else value
        for name, value in config.items()  # labels are named by their numbers
        if not str(name).startswith("_") and name not in _CODE
    }


def cached_model(source: str, cache: Path) -> str:
    """Bring a pre-trained Transformer into the cache, and return its name there, which tells its content.

    Parameters
    ----------
    source
        A folder; or a name on the hub, with ``@REVISION`` if need be. HF_HUB_OFFLINE is respected: then only what
        the hub's own cache holds is found.
    cache
        The cache's folder.

    Raises
    ------
    UnavailableError
        If the model is not to be had here and now.
    InputError
        If there is no such folder, or it holds no model that can be read.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return _copied(folder, folder.resolve().name, cache)
    if (cache / TRANSFORMERS / source / CONFIG).is_file():
        return source
    if looks_like_a_path(source):
        raise InputError(f"there is no folder {source!r}; name the folder of a pre-trained Transformer.")
    return _copied(fetched(source), source.partition("@")[0].rpartition("/")[2], cache)


def fetched(name: str) -> Path:
    """Return the folder of a model from the hub, downloaded unless the hub's own cache has it.

    Raises
    ------
    UnavailableError
        If there is no network, HF_HUB_OFFLINE is set, or there is no such model.
    """
    match = _HUB_NAME.fullmatch(name)
    if match is None:
        raise InputError(f"{name!r} is no name of a model; expected OWNER/NAME, or OWNER/NAME@REVISION.")
    try:
        from huggingface_hub import snapshot_download
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"the model {name!r} of the hub needs {error.name!r}. Install it with: {INSTALL}"
        ) from error
    wanted = [CONFIG, *TOKENIZER_FILES, INDEX, *WEIGHT_PATTERNS]
    try:
        return Path(snapshot_download(match["name"], revision=match["revision"], allow_patterns=wanted))
    except (OSError, ValueError, RuntimeError) as error:
        raise UnavailableError(
            f"the model {name!r} could not be had from the hub ({type(error).__name__}): there is no network, "
            "HF_HUB_OFFLINE is set, or there is no such model. Name a folder instead."
        ) from error


def needs_transformers(error: ModuleNotFoundError) -> UnavailableError:
    """Return what to raise where a library of the optional group is missing."""
    return UnavailableError(f"a pre-trained Transformer needs {error.name!r}. Install it with: {INSTALL}")


def kept_needs_transformers(error: ModuleNotFoundError) -> MissingExtraError:
    """Return what to raise where a kept model cannot be read because a library is missing."""
    return MissingExtraError(f"this model needs {error.name!r}. Install it with: {INSTALL}")


def _copied(folder: Path, name: str, cache: Path) -> str:
    """Copy a model's files into the cache unless they are there, and return their name."""
    files = model_files(folder)
    configuration(folder)
    plain = re.sub(r"[^\w.-]|(?<![\w])[.-]", "-", redacted(name)) or "model"
    name = f"{plain}-{model_digest(folder)[:NAME_DIGITS]}"
    place = cache / TRANSFORMERS / name
    if place.exists():
        return name
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".making-") as aside:
        made = Path(aside) / "model"
        made.mkdir()
        for path in files:
            shutil.copyfile(path, made / path.name)
        try:
            made.rename(place)
        except OSError:
            if not place.exists():  # another process was faster
                raise
    return name


@lru_cache(maxsize=256)
def _file_digest(path: Path, size: int, changed: int) -> str:
    """Return a file's digest; half a gigabyte of weights is read once in a process, not for every fit."""
    state = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def _said(name: str) -> str:
    """Return a name for messages and records: of a path its last part only."""
    return Path(name).name if looks_like_a_path(name) else name
