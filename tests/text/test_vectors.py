"""Vector files are read lean and refused clearly; vectors of texts place alike words together."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from triage_bench.core.errors import DataError
from triage_bench.core.seeds import generator_for
from triage_bench.text.cooccurrence import learn_vectors
from triage_bench.text.ragged import Ragged
from triage_bench.text.vectors import read_vectors, spelt_vectors

FILE = "3 2\n가슴 0.5 -1\n통증 1e-3 2\n머리 0 3\n"


def file(folder: Path, content: str | bytes, name: str = "words.vec") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("content", [FILE, FILE.partition("\n")[2], FILE.replace("\n", " \r\n"), FILE + "\n"])
def test_the_asked_words_are_read_with_and_without_a_first_line(tmp_path: Path, content: str) -> None:
    found = read_vectors(file(tmp_path, content), {"통증", "가슴", "없음"})
    assert found.words == ("가슴", "통증") and found.lines == 3
    np.testing.assert_allclose(found.values, [[0.5, -1], [0.001, 2]])


def test_the_first_words_are_kept_besides_and_the_first_of_two_counts(tmp_path: Path) -> None:
    found = read_vectors(file(tmp_path, "a 1 1\nb 2 2\nc 3 3\na 9 9\n"), {"c"}, others=1)
    assert found.words == ("a", "c") and found.values.tolist() == [[1, 1], [3, 3]]


def test_what_was_written_is_read_gzipped_as_well(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    path = file(tmp_path, gzip.compress(spelt_vectors(["가", "\ud800"], values)), "words.vec.gz")
    np.testing.assert_allclose(read_vectors(path, {"가", "\ud800"}).values, values, rtol=1e-5)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "0 word vectors"),
        ("5 2\n가슴 1 2\n", r"1 word vectors; expected 5 .* cut off"),
        ("2 2\n가슴 1 2\n통증 1\n", r"line 3: 1 numbers; expected 2"),
        ("2 2\n가슴 1 2\n통증 1 둘\n", r"line 3: .* no number"),
        ("2 2\n가슴 1 2\n통증 1 nan\n", "line 3: .* finite"),
        ("text,label\n머리,1\n", "begins with .* expected a word with its numbers"),
        (b"\xba\x16\x4f\x2f\x0c\x00\x00\x00", r"not the \.bin"),
    ],
)
def test_a_file_that_holds_no_vectors_is_refused(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_vectors(file(tmp_path, content), {"통증"})


def test_a_missing_file_and_one_cut_off_in_its_gzip_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read the word vectors in 'none\.vec'"):
        read_vectors(tmp_path / "none.vec", ())
    with pytest.raises(DataError, match="cannot read"):
        read_vectors(file(tmp_path, gzip.compress(FILE.encode() * 99)[:-20], "cut.vec.gz"), ())


def test_words_with_the_same_neighbours_get_like_vectors_and_the_seed_repeats_them() -> None:
    rng = generator_for("vectors")
    pairs = (("머리", "두통", ["아프다", "쑤시다", "어지럽다"]), ("기침", "콧물", ["감기", "나다", "목"]))
    rows = [[str(rng.choice(pair[:2])), *rng.permutation(pair[2])] for pair in (pairs[i % 2] for i in range(400))]
    found = learn_vectors(Ragged.of(rows), 4)
    at = dict(zip(found.words, found.values, strict=True))
    assert at["머리"] @ at["두통"] > 0.9 > 0.5 > at["머리"] @ at["콧물"]
    np.testing.assert_array_equal(found.values, learn_vectors(Ragged.of(rows), 4).values)


def test_too_few_words_for_the_dimensions_are_refused() -> None:
    with pytest.raises(DataError, match="2 words 5 times or more; vectors of 8 numbers need more"):
        learn_vectors(Ragged.of([["가", "나", "다"]] + [["가", "나"]] * 9), 8)
