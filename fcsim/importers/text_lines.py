"""Lines of text from files that may be compressed, cut off, huge or damaged.

Files are read piece by piece, so memory does not depend on their size or on the length of their
lines. A line that cannot be used is reported and skipped.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from fcsim.errors import UsageError

__all__ = ["MAX_LINE", "ROWS", "ByteStream", "Lines", "head", "open_bytes", "read_lines"]

MAX_LINE = 131_072
"""Longest line that is read, in bytes; also the longest cell that the csv module takes."""
ROWS = 65_536
"""Most lines that are handed out at once."""
PIECE = 2**21
"""Bytes that are read at once."""

Report = Callable[[str, int], None]
"""Takes the reason why a line cannot be used, and its number."""


class ByteStream(Protocol):
    """What is read: a buffered binary file or the content of a gzip file."""

    def read1(self, size: int = ..., /) -> bytes:
        """Return some bytes, at most *size*; none at the end."""

    def peek(self, size: int = ..., /) -> bytes:
        """Return bytes from the position on without moving it."""


class Lines(NamedTuple):
    """Some lines that are not blank, and their numbers in the file from 1."""

    numbers: list[int]
    texts: list[str]


@contextmanager
def open_bytes(path: Path) -> Iterator[ByteStream]:
    """Open *path* for reading bytes, uncompressed if it is a gzip file, whatever its name.

    Raises UsageError when there is no such file or it cannot be opened.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the files in it")
    try:
        plain = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    with plain:
        if plain.peek(2).startswith(b"\x1f\x8b"):
            yield cast(ByteStream, gzip.GzipFile(fileobj=plain))
        else:
            yield plain


def head(stream: ByteStream) -> bytes:
    """Return the first bytes that are no white space or byte order mark, without reading on."""
    try:
        return stream.peek(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    except (EOFError, OSError, zlib.error):
        return b""


def read_lines(stream: ByteStream, report: Report) -> Iterator[Lines]:
    """Yield the lines of *stream* in order, some at a time, without their ends and blank lines.

    Lines that are too long, hold NUL bytes or are not UTF-8 are reported, as is a stream that
    breaks off: what came before is kept. Byte order marks are left out wherever they stand.
    """
    done = 0
    try:
        for lines in _split(stream):
            for begin in range(0, len(lines), ROWS):
                part = lines[begin : begin + ROWS]
                decoded = _decode(part, done + 1, report)
                done += len(part)
                if decoded.texts:
                    yield decoded
    except _BreaksOff:
        report("the file breaks off or is damaged here: the rest is lost", done + 1)


class _BreaksOff(Exception):
    """A compressed stream ends early or is damaged; what came before has been handed out."""


def _split(stream: ByteStream) -> Iterator[list[bytes]]:
    rest = b""
    try:
        for piece in _pieces(stream):
            *lines, rest = (rest + piece).split(b"\n")
            rest = rest[: MAX_LINE + 1]  # enough to see that it is too long
            yield lines
    except _BreaksOff:
        yield [rest]
        raise
    yield [rest]


def _pieces(stream: ByteStream) -> Iterator[bytes]:
    """Yield the stream in pieces; ``read1`` keeps what comes before a place that is damaged."""
    parts: list[bytes] = []
    size, part, broken = 0, b" ", False
    while part:
        try:
            part = stream.read1(PIECE)
        except (EOFError, OSError, zlib.error):
            part, broken = b"", True
        parts.append(part)
        size += len(part)
        if size >= PIECE or not part:
            yield b"".join(parts)
            parts, size = [], 0
    if broken:
        raise _BreaksOff


def _decode(lines: list[bytes], first: int, report: Report) -> Lines:
    whole = b"\n".join(lines)
    if b"\0" not in whole and max(map(len, lines), default=0) <= MAX_LINE:
        try:
            texts = _clean(whole.decode()).split("\n")
        except UnicodeDecodeError:
            pass
        else:
            return _without_blanks(list(range(first, first + len(texts))), texts)
    return _decode_singly(lines, first, report)


def _decode_singly(lines: list[bytes], first: int, report: Report) -> Lines:
    kept = Lines([], [])
    for number, line in enumerate(lines, first):
        reason = _fault(line)
        if reason:
            report(reason, number)
        else:
            kept.numbers.append(number)
            kept.texts.append(_clean(line.decode()))
    return _without_blanks(*kept)


def _fault(line: bytes) -> str:
    if len(line) > MAX_LINE:
        return f"the line is longer than {MAX_LINE:,} bytes"
    if b"\0" in line:
        return "the line holds NUL bytes"
    try:
        line.decode()
    except UnicodeDecodeError:
        return "the line is not UTF-8 text"
    return ""


def _clean(text: str) -> str:
    return text.replace("\ufeff", "").replace("\r", "")


def _without_blanks(numbers: list[int], texts: list[str]) -> Lines:
    if all(texts) and not any(map(str.isspace, texts)):
        return Lines(numbers, texts)
    kept = [i for i, text in enumerate(texts) if text.strip()]
    return Lines([numbers[i] for i in kept], [texts[i] for i in kept])
