"""The registry is lazy where it can be and loud where it must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_bench.core.errors import DuplicateNameError, InputError, MissingExtraError, UnknownNameError
from triage_bench.core.registry import Entry, Registry


@pytest.fixture
def registry() -> Registry:
    made = Registry("model", "triage_bench.no_such_group")
    made.register(Entry("lstm", "collections:OrderedDict", "a network"))
    made.register(Entry("tfidf-lr", "no_such_module_at_all:x", "linear", extra="linear"))
    made.register(Entry("broken", "collections:no_such_attribute", "broken"))
    made.register(Entry("gone", "no_such_module_at_all:x", "gone"))
    return made


def test_listing_imports_nothing(registry: Registry) -> None:
    assert [entry.name for entry in registry] == ["lstm", "tfidf-lr", "broken", "gone"]


def test_a_name_loads_its_target(registry: Registry) -> None:
    from collections import OrderedDict

    assert registry.load("lstm") is OrderedDict


def test_the_same_entry_twice_is_no_harm_and_another_under_its_name_is_an_error(registry: Registry) -> None:
    registry.register(registry.entry("lstm"))
    with pytest.raises(DuplicateNameError, match=r"registered twice.*collections:OrderedDict.*a:b"):
        registry.register(Entry("lstm", "a:b", "another"))


def test_an_unknown_name_suggests_the_nearest_and_lists_the_rest(registry: Registry) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown model 'lsmt'. Did you mean 'lstm'\? Known: .*'tfidf-lr'"):
        registry.load("lsmt")


def test_a_missing_extra_names_the_install_command(registry: Registry) -> None:
    with pytest.raises(MissingExtraError, match=r'pip install "triage-bench\[linear\]"'):
        registry.load("tfidf-lr")


@pytest.mark.parametrize("name", ["broken", "gone"])
def test_a_broken_target_is_the_users_message_not_a_traceback(registry: Registry, name: str) -> None:
    with pytest.raises(InputError, match=name):
        registry.load(name)


def _install(folder: Path, entry_points: str) -> None:
    info = folder / "outside-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(entry_points, "utf-8")


def test_a_plugin_that_takes_a_known_name_is_an_error(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path, f"[{registry.group}]\nlstm = other:Model\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(DuplicateNameError):
        list(registry)


def test_a_plugin_is_found_by_name(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(tmp_path, f"[console_scripts]\nx = y:z\n\n[{registry.group}]\nmine = collections:Counter\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from collections import Counter

    assert "mine" in registry
    assert registry.load("mine") is Counter


def test_the_library_that_reads_plugins_is_loaded_only_where_a_package_brings_some(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(group: str) -> None:
        raise AssertionError(group)

    _install(tmp_path, "[another.group]\nmine = collections:Counter\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("importlib.metadata.entry_points", refuse)
    assert "mine" not in registry
    (tmp_path / "packed.egg").write_bytes(b"may hold anything")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.egg"))
    monkeypatch.setattr(registry, "_plugins_read", False)
    with pytest.raises(AssertionError, match=registry.group):
        list(registry)
