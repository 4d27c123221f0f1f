from __future__ import annotations

import hashlib
import http.server
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triage_bench.core.dataset import TEST, TRAIN, UNUSED, Dataset
from triage_bench.core.errors import DataError, UnavailableError, UnknownNameError
from triage_bench.core.sentence import Sentence
from triage_bench.core.workspace import DATA_HOME_VARIABLE, Workspace
from triage_bench.datasets import download as downloads
from triage_bench.datasets import load_dataset
from triage_bench.datasets.cards import Card, CardFile, card
from triage_bench.datasets.download import over_http
from triage_bench.datasets.public import fetch, obtain, verify

CONTENT = "가슴이 답답해요\t2\n".encode() * 100
KNOWN = Card("mine", "Mine", Sentence("", ""), "here", "MIT", "somewhere:read")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(30)
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(serve: Callable[[type[Handler]], str]) -> str:
    return serve(Handler)


def a_file(url: str, content: bytes = CONTENT, max_bytes: int = 10_000) -> CardFile:
    return CardFile("mine/data.tsv", url, hashlib.sha256(content).hexdigest(), max_bytes)


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_missing_file_is_downloaded_once(server: str, tmp_path: Path) -> None:
    place = obtain(a_file(server), KNOWN, tmp_path)
    assert place == tmp_path / "mine" / "data.tsv"
    assert place.read_bytes() == CONTENT
    assert obtain(a_file("http://127.0.0.1:1/never-asked"), KNOWN, tmp_path) == place
    assert left_in(tmp_path) == ["data.tsv"]


def test_a_download_with_another_checksum_is_never_kept(server: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"'mine'.*another content than the card's checksum.*nothing was kept"):
        obtain(a_file(server, content=b"expected"), KNOWN, tmp_path)
    assert left_in(tmp_path) == []


def test_a_download_beyond_its_limit_is_broken_off(server: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="larger than the card's limit of 100 bytes"):
        obtain(a_file(server, max_bytes=100), KNOWN, tmp_path)
    assert left_in(tmp_path) == []


def test_a_page_that_is_gone_is_said(server: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="404"):
        obtain(a_file(f"{server}/gone"), KNOWN, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_network_a_data_set_is_given_up_within_seconds(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "ANSWER_SECONDS", 0.2)
    started = time.monotonic()
    with pytest.raises(UnavailableError, match=r"no answer from 127\.0\.0\.1"):
        obtain(a_file(f"{server}/slow"), KNOWN, tmp_path)
    with pytest.raises(UnavailableError, match="could not be reached a moment ago"):
        obtain(a_file(f"{server}/slow"), KNOWN, tmp_path)
    assert time.monotonic() - started < 20
    assert left_in(tmp_path) == []


def test_a_closed_door_is_given_up_at_once(server: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1 cannot be reached \(no network\?\)"):
        obtain(a_file("http://127.0.0.1:1/data.tsv"), KNOWN, tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who may not write everywhere")
def test_a_data_home_that_cannot_be_written_to_is_said(server: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UnavailableError, match="cannot be written to"):
        obtain(a_file(server), KNOWN, tmp_path)


def test_a_data_home_that_is_no_folder_is_said(server: str, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(UnavailableError, match="'mine' is not in the data home"):
        obtain(a_file(server), KNOWN, tmp_path / "home")


def test_a_damaged_file_in_the_data_home_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data.tsv").write_bytes(b"something else")
    with pytest.raises(DataError, match=r"'data\.tsv' in the data home is not the file.*Delete it"):
        obtain(a_file("http://127.0.0.1:1/"), KNOWN, tmp_path)
    assert (tmp_path / "mine" / "data.tsv").read_bytes() == b"something else"


def test_verify_lists_every_file_once_and_downloads_nothing(tmp_path: Path) -> None:
    (tmp_path / "ynat").mkdir()
    (tmp_path / "ynat" / "train_data.csv").write_bytes(b"something else")
    states = {state.path: state for state in verify(Workspace.at(tmp_path / "run", data_home=tmp_path))}
    assert len(states) == 7
    assert states["nsmc/ratings_train.txt"].status == "missing"
    assert states["nsmc/ratings_train.txt"].dataset == "nsmc"
    assert states["ynat/train_data.csv"].status == "wrong checksum"
    assert "fetch again" in str(states["ynat/train_data.csv"].reason)


def test_fetch_reports_a_failure_as_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_unreachable_since", {"raw.githubusercontent.com": time.monotonic()})
    (row,) = fetch(["ynat"], Workspace.at(tmp_path / "run", data_home=tmp_path))
    assert row.status == "unavailable" and "could not be reached" in str(row.reason)
    with pytest.raises(UnknownNameError):
        fetch(["ynta"], Workspace.at(tmp_path / "run", data_home=tmp_path))


def test_the_downloader_speaks_pooch(server: str, tmp_path: Path) -> None:
    over_http(10_000)(server, str(tmp_path / "a"), None)
    assert (tmp_path / "a").read_bytes() == CONTENT


def public(name: str, tmp_path: Path) -> Dataset:
    home = os.environ.get(DATA_HOME_VARIABLE)
    if not home or not all((Path(home) / file.path).is_file() for file in card(name).files):
        pytest.skip(f"the files of {name} are not in {DATA_HOME_VARIABLE}")
    return load_dataset(name, Workspace.at(tmp_path))


def sides(dataset: Dataset) -> dict[int, int]:
    assert dataset.official is not None
    return {side: int(np.sum(dataset.official == side)) for side in (TRAIN, TEST, UNUSED)}


def codes_of(dataset: Dataset) -> dict[str, int]:
    return {notice.code: notice.count for notice in dataset.notices}


@pytest.mark.data
@pytest.mark.slow
def test_nsmc_has_its_published_rows(tmp_path: Path) -> None:
    dataset = public("nsmc", tmp_path)
    assert sides(dataset) == {TRAIN: 149_995, TEST: 49_997, UNUSED: 0}
    assert codes_of(dataset)["text.empty"] == 8
    train = dataset.labels[dataset.official == TRAIN]
    assert abs(np.bincount(train) - [75_173, 74_827]).sum() == 5
    texts = np.array(dataset.texts, dtype=object)
    in_train = set(texts[dataset.official == TRAIN])
    assert (
        sum(text in in_train for text in texts[dataset.official == TEST]) == 1_571 - 3
    )  # the empty ones are set aside


@pytest.mark.data
@pytest.mark.slow
def test_the_sample_of_nsmc_is_always_the_same(tmp_path: Path) -> None:
    dataset = public("nsmc-10k", tmp_path)
    assert sides(dataset) == {TRAIN: 10_000, TEST: 49_997, UNUSED: 0}
    assert codes_of(dataset)["rows.sampled"] == 10_000
    assert dataset.digest == load_dataset("nsmc-10k", Workspace.at(tmp_path)).digest


@pytest.mark.data
def test_ynat_is_cut_where_klue_cuts_it(tmp_path: Path) -> None:
    dataset = public("ynat", tmp_path)
    assert sides(dataset) == {TRAIN: 36_547, TEST: 9_107, UNUSED: 0}
    assert len(dataset.label_names) == 7 and min(dataset.classes.values()) == 4_824


@pytest.mark.data
def test_ktas_symptom_carries_its_split_its_groups_and_its_topics(tmp_path: Path) -> None:
    dataset = public("ktas_symptom", tmp_path)
    assert list(dataset.classes.values()) == [582, 3522, 2712, 2728, 663]
    assert sides(dataset) == {TRAIN: 6_633, TEST: 1_532, UNUSED: 2_042}
    assert dataset.scale == "triage" and dataset.groups is not None and dataset.topics is not None
    assert len(set(dataset.groups.tolist())) == 4_367 and len(set(dataset.topics)) == 440
    assert np.bincount(dataset.groups)[4169] == 129
    test, train = dataset.groups[dataset.official == TEST], dataset.groups[dataset.official == TRAIN]
    assert np.isin(test, train).mean() == pytest.approx(0.735, abs=0.001)
    assert codes_of(dataset)["text.duplicate"] == 18


@pytest.mark.data
def test_the_grouped_variant_has_the_same_rows_without_the_split(tmp_path: Path) -> None:
    grouped, published = public("ktas_symptom-grouped", tmp_path), public("ktas_symptom", tmp_path)
    assert grouped.official is None and grouped.texts == published.texts
    assert grouped.name == "ktas_symptom-grouped" and grouped.digest != published.digest


@pytest.mark.data
def test_ktas_table_is_one_line_per_entry(tmp_path: Path) -> None:
    dataset = public("ktas_table", tmp_path)
    assert list(dataset.classes.values()) == [540, 1698, 1284, 592, 253]
    assert not any("\n" in text or "\r" in text for text in dataset.texts)
    assert len(set(dataset.texts)) == len(dataset)
    assert dataset.groups is not None and len(set(dataset.groups.tolist())) == 3_355


@pytest.mark.data
def test_the_nurses_of_moon2019_are_as_right_as_published(tmp_path: Path) -> None:
    dataset = public("ktas_moon2019", tmp_path)
    assert list(dataset.classes.values()) == [26, 220, 487, 459, 75]
    nurses = np.array(dataset.columns["KTAS_RN"]) - 1
    assert np.mean(nurses == dataset.labels) == pytest.approx(0.853, abs=0.001)
    assert dataset.provenance.human == 0.853
    assert dataset.columns["SBP"].count(None) == 25 and dataset.columns["BT"][0] == 36.6
    assert "KTAS_expert" not in dataset.columns
