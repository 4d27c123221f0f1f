"""LightGBM's text format, checked before its C++ reader sees it: that one trusts what it reads."""

from __future__ import annotations

import re
from itertools import pairwise
from math import isfinite

from triage_bench.core.errors import ModelFileError

MOST_TREES = 1_000_000
_END = "\nend of trees"
_TREE = re.compile(r"^Tree=\d+$", re.MULTILINE)


def check_trees(data: bytes, features: int, classes: int) -> str:
    """Return the text, if every tree in it only points to its own nodes and to features that exist.

    Parameters
    ----------
    data
        The file.
    features, classes
        How many columns and labels the model has.

    Raises
    ------
    ModelFileError
        If it is no such text, or a tree points elsewhere.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelFileError("the model's trees are not text.") from error
    body, end, _ = text.partition(_END)
    starts = [match.start() for match in _TREE.finditer(body)]
    if not text.startswith("tree\n") or not end or not starts or len(starts) > MOST_TREES:
        raise ModelFileError("the model's trees are incomplete, or not LightGBM's.")
    head = _fields(body[: starts[0]])
    per_round = 1 if classes == 2 else classes
    stated = (head.get("num_class"), head.get("num_tree_per_iteration"), head.get("max_feature_idx"))
    if stated != (str(per_round), str(per_round), str(features - 1)) or len(starts) % per_round:
        raise ModelFileError(f"the model's trees are for another number of labels or columns: {stated!r:.80}.")
    for start, stop in pairwise([*starts, len(body)]):
        _check_tree(_fields(body[start:stop]), features)
    # Without the sizes LightGBM reads tree after tree; with them it jumps to wherever they say.
    return "\n".join(line for line in body.split("\n") if not line.startswith("tree_sizes=")) + _END + "\n"


def _fields(block: str) -> dict[str, str]:
    pairs = [(name, value) for name, mark, value in (line.partition("=") for line in block.splitlines()) if mark]
    if len({name for name, _ in pairs}) != len(pairs):
        raise ModelFileError("the model's trees say one thing twice.")
    return dict(pairs)


def _check_tree(tree: dict[str, str], features: int) -> None:
    try:
        leaves = int(tree["num_leaves"])
        plain = tree.get("num_cat", "0") == "0" and tree.get("is_linear", "0") == "0"
        if not plain or not 1 <= leaves <= 1 << 20 or len(_numbers(tree["leaf_value"])) != leaves:
            raise ValueError
        if leaves == 1:
            return
        nodes = leaves - 1
        columns, left, right = (_integers(tree[name], nodes) for name in ("split_feature", "left_child", "right_child"))
        if not all(0 <= column < features for column in columns) or len(_numbers(tree["threshold"])) != nodes:
            raise ValueError
        if any(kind & 1 for kind in _integers(tree["decision_type"], nodes)):  # a categorical split reads other arrays
            raise ValueError
        for node, children in enumerate(zip(left, right, strict=True)):
            # Nodes are numbered as they were split, so a child comes later: there is no way round in a circle.
            if not all(node < child < nodes or -leaves <= child < 0 for child in children):
                raise ValueError
    except (KeyError, ValueError) as error:
        raise ModelFileError("a tree of the model points outside itself, or lacks a part.") from error


def _numbers(words: str) -> list[float]:
    found = [float(word) for word in words.split()]
    if not all(map(isfinite, found)):
        raise ValueError
    return found


def _integers(words: str, count: int) -> list[int]:
    found = [int(word) for word in words.split()]
    if len(found) != count:
        raise ValueError
    return found
