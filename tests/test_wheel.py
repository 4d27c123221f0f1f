"""The wheel carries all it needs: suites, cards, templates."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_its_content(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    package = {
        p.relative_to(ROOT).as_posix()
        for p in (ROOT / "triage_bench").rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    content = {
        f"triage_bench/content/{p.relative_to(ROOT / 'benchmarks').as_posix()}"
        for k in ("suites", "cards")
        for p in (ROOT / "benchmarks" / k).glob("*.toml")
    }
    assert package | content <= inside
    assert not any(name.startswith(("tests/", "benchmarks/")) for name in inside)


@pytest.mark.slow
def test_the_installed_wheel_runs_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            archive.extract(name, site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r});"
        "import triage_bench; assert 'site' in triage_bench.__file__, triage_bench.__file__;"
        "from triage_bench.cli.app import main;"
        "sys.exit(main(['run', '--suite', 'smoke', '--budget', 'quick', '--executor', 'serial']))"
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=empty, env=environment)
    assert (empty / "reports" / "smoke-quick" / "index.html").is_file()
