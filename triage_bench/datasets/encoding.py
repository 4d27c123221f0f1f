"""Which encoding a file is in: never guessed from statistics, never repaired in silence.

A byte order mark decides; without one the file is UTF-8 if every byte says so, else CP949 (what
Korean Excel writes, a superset of EUC-KR) if every byte says so; anything else is refused with
the line and the byte at which it breaks.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from triage_bench.core.errors import DataError

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_NONCHARACTERS = frozenset("\ufffe\uffff")
MOST_NOBODYS = 0.02
"""Share of private-use code points and the like in a file with two or four bytes a letter, beyond which some of
its bytes were not written as such."""

_SHIFT = b"\x1b$)C"
_SAVE_AGAIN_KO = (
    "UTF-8로 다시 저장하십시오(엑셀: 파일 > 다른 이름으로 저장 > 'CSV UTF-8(쉼표로 분리)', "
    "메모장: 다른 이름으로 저장 > 인코딩 UTF-8)."
)
_SAVE_AGAIN = (
    "Save it again as UTF-8 (Excel: File > Save As > 'CSV UTF-8 (Comma delimited)'; Notepad: Save As > Encoding UTF-8)."
)


@dataclass(frozen=True)
class Decoded:
    """A file's text.

    Attributes
    ----------
    text
        Without the byte order mark.
    encoding
        ``"UTF-8"``, ``"UTF-8 with BOM"``, ``"CP949"``, ``"UTF-16"`` or ``"UTF-32"``.
    """

    text: str
    encoding: str


def decode(data: bytes, file: str) -> Decoded:
    """Decode a whole file strictly.

    Parameters
    ----------
    data
        The file's bytes.
    file
        Its name, for messages.

    Raises
    ------
    DataError
        If the bytes are in no supported encoding, or in two of them; with line and byte.
    """
    for mark, codec, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_decode_marked(data[len(mark) :], codec, encoding, file, len(mark)), encoding)
    if data[:4096].count(0) > len(data[:4096]) // 4:
        raise DataError(
            f"{file}: many NUL bytes; expected text. It may be UTF-16 without a byte order mark. {_SAVE_AGAIN}",
            f"{file}: NUL 바이트가 많아 텍스트로 읽을 수 없습니다. BOM이 없는 UTF-16일 수 있습니다. {_SAVE_AGAIN_KO}",
        )
    if (at := data.find(_SHIFT)) >= 0:  # seven bits: every byte of it would pass for UTF-8
        raise DataError(
            f"{_place(data, at, file)}: the file is in ISO-2022-KR, an old encoding of mails. {_SAVE_AGAIN}",
            f"{_place(data, at, file)}: 옛 전자우편 인코딩(ISO-2022-KR)입니다. {_SAVE_AGAIN_KO}",
        )
    try:
        return Decoded(data.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError as error:
        return _decode_korean(data, file, error)


def _decode_marked(data: bytes, codec: str, encoding: str, file: str, offset: int) -> str:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        where = _place(data, error.start, file, offset) if codec == "utf-8" else f"{file}: byte {error.start + offset}"
        raise DataError(
            f"{where}: the file begins as {encoding} but is not {encoding} here. {_SAVE_AGAIN}",
            f"{where}: 파일이 {encoding}(으)로 시작하지만 이 위치의 바이트는 {encoding}이(가) 아닙니다. "
            f"{_SAVE_AGAIN_KO}",
        ) from error
    if codec == "utf-8":
        return text
    nobodys = [at for at, letter in enumerate(text) if "\ue000" <= letter <= "\uf8ff" or letter in _NONCHARACTERS]
    if len(nobodys) > MOST_NOBODYS * len(text):
        byte = offset + len(text[: nobodys[0]].encode(codec))
        raise DataError(
            f"{file}:{text.count(chr(10), 0, nobodys[0]) + 1}: byte {byte}: the file begins as {encoding}, but from "
            f"here on it holds code points that are no letters; another encoding was pasted in. {_SAVE_AGAIN}",
            f"{file}:{text.count(chr(10), 0, nobodys[0]) + 1}: byte {byte}: 파일이 {encoding}(으)로 시작하지만 이 "
            f"위치부터 글자가 아닌 문자가 있습니다. 다른 인코딩의 내용이 섞였습니다. {_SAVE_AGAIN_KO}",
        )
    return text


def _decode_korean(data: bytes, file: str, utf8_error: UnicodeDecodeError) -> Decoded:
    line = _first_utf8_line(data)
    broken = _place(data, utf8_error.start, file)
    if line is not None:
        raise DataError(
            f"{broken}: two encodings in one file: line {line} is UTF-8, this line is not. "
            f"Two files were probably pasted together; save both as UTF-8 and join them again.",
            f"{broken}: 한 파일에 두 인코딩이 섞여 있습니다. {line}행은 UTF-8이고 이 행은 아닙니다. "
            "두 파일을 이어 붙인 것으로 보입니다. 각각 UTF-8로 저장한 뒤 다시 합치십시오.",
        ) from utf8_error
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{broken}: byte 0x{data[utf8_error.start]:02x} is not UTF-8, and "
            f"{_place(data, error.start, file)}: byte 0x{data[error.start]:02x} is not CP949. {_SAVE_AGAIN}",
            f"{broken}: 바이트 0x{data[utf8_error.start]:02x}은(는) UTF-8이 아니고, "
            f"{_place(data, error.start, file)}: 바이트 0x{data[error.start]:02x}은(는) CP949가 아닙니다. "
            f"{_SAVE_AGAIN_KO}",
        ) from error
    if _is_accidental(text):
        raise DataError(
            f"{broken}: byte 0x{data[utf8_error.start]:02x} is not UTF-8, and read as CP949 the file gives "
            f"syllables nobody writes; it is probably in a Western encoding. {_SAVE_AGAIN}",
            f"{broken}: 바이트 0x{data[utf8_error.start]:02x}은(는) UTF-8이 아니고, CP949로 읽으면 아무도 쓰지 않는 "
            f"글자가 됩니다. 서유럽 인코딩으로 보입니다. {_SAVE_AGAIN_KO}",
        ) from utf8_error
    return Decoded(text, "CP949")


def _first_utf8_line(data: bytes) -> int | None:
    """Return the first line that is UTF-8 with Hangul in it, counting from 1."""
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        # A short CP949 word can pass for UTF-8, but then for Latin letters, not for Hangul.
        if any("가" <= letter <= "힣" for letter in text):
            return number
    return None


def _is_accidental(text: str) -> bool:
    """Whether most letters exist only in CP949's extension: chance, not Korean."""
    pairs = [letter.encode("cp949") for letter in text[:100_000] if not letter.isascii()]
    outside_euc_kr = sum(1 for pair in pairs if min(pair) < 0xA1)
    return outside_euc_kr * 2 > len(pairs)


def _place(data: bytes, at: int, file: str, offset: int = 0) -> str:
    line = data.count(b"\n", 0, at) + 1
    return f"{file}:{line}: byte {at + offset}"
