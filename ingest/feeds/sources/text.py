"""The text of a feed as a stream of UTF-8 whose lines end in LF, whatever the file has."""

from __future__ import annotations

import codecs
import logging
import re
from io import (
    SEEK_SET,
    BufferedIOBase,
    BufferedReader,
    BytesIO,
    RawIOBase,
    UnsupportedOperation,
)

from ingest.feeds.sources.bytes import HEAD_BYTES
from ingest.feeds.sources.encodings import (
    LATIN,
    UTF_8,
    declared_encoding,
    has_japanese_escapes,
    is_utf_8,
    legacy_encoding,
    unicode_encoding,
)

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 16
_SAMPLE_BYTES = 1 << 16
_UNDECODABLE = "gram_es.undecodable"
_LINE_END = re.compile(rb'"|\r++\n?|\n')
_LONE_RETURN = re.compile(rb"\r(?!\n)")
# A character that an encoding does not have, as the stream yields it; no UTF-8 has these bytes.
UNDECODABLE = "\udcff".encode(UTF_8, "surrogatepass")
# NEL of mainframes, the line and paragraph separators of Unicode, and control characters.
_OTHER_ENDS = ("\x85".encode(), "\u2028".encode(), "\u2029".encode(), b"\x1e", b"\x0b", b"\x0c")
_MAY_BE_UTF_8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_MAX_HELD_BYTES = 1 << 20
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_NOT_LEGACY = (b"{", b"[")  # JSON is Unicode, RFC 8259; its other bytes are mistakes
_BLANK = b" \t\r\n"


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Decode bytes that the encoding does not have to a surrogate, which no valid UTF-8 has."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(_UNDECODABLE, _mark_undecodable)


def open_text(stream: BufferedIOBase, head: bytes, *, logs: bool = True) -> BufferedReader:
    """Return the text of a stream as UTF-8 without a byte order mark.

    A character that the feed's encoding does not have becomes bytes that are not UTF-8 either.
    The encoding is a Unicode one that the first bytes show, or the one that a page declares. Else
    it is UTF-8, or what the lines from the first character outside ASCII on look like. If they do
    not look clearly like one, they stay as they are.

    :param head: the first bytes of the stream, which is at its start.
    :param logs: whether to log an encoding that is only a guess.
    """
    encoding = unicode_encoding(head)
    start = head.lstrip(_BLANK)
    if encoding is None and start.startswith(b"<"):
        encoding = declared_encoding(head)
    if encoding is None and start.startswith(_NOT_LEGACY):
        encoding = UTF_8
    return BufferedReader(_Text(stream, encoding, logs=logs), _CHUNK_BYTES)


def text_head(head: bytes) -> bytes:
    """Return the first bytes of a feed as :func:`open_text` reads them."""
    return open_text(BytesIO(head), head, logs=False).read(HEAD_BYTES)


class _Text(RawIOBase):
    """Decodes a stream chunk by chunk; without an encoding, ASCII passes until other bytes come."""

    def __init__(self, stream: BufferedIOBase, encoding: str | None, *, logs: bool) -> None:
        self._stream = stream
        self._logs = logs
        self._encoding = encoding
        self._start()

    def _start(self) -> None:
        self._decoder = _decoder(self._encoding) if self._encoding else None
        self._has_encoding = self._encoding is not None
        self._has_return_ends: bool | None = None
        self._other_end: bytes | None = None
        self._held_return = b""
        self._ready = memoryview(b"")
        self._ended = False
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Rewind to the start; there is no other place to go to."""
        if (offset, whence) != (0, SEEK_SET):
            raise UnsupportedOperation("only the start can be sought")
        self._stream.seek(0)
        self._start()
        return 0

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready and not self._ended:
            self._ready = memoryview(self._next())
        part = self._ready[: len(target)]
        target[: len(part)] = part
        self._ready = self._ready[len(part) :]
        self._position += len(part)
        return len(part)

    def _next(self) -> bytes:
        chunk = self._stream.read1(_CHUNK_BYTES)
        if not self._has_encoding and (not chunk.isascii() or has_japanese_escapes(chunk)):
            chunk = self._choose_encoding(chunk)
        self._ended = not chunk
        if self._decoder is not None:
            chunk = self._decoder.decode(chunk, self._ended)
        return self._with_line_feeds(chunk)

    def _choose_encoding(self, chunk: bytes) -> bytes:
        """Choose the encoding from the next lines, and return all that was read for it."""
        while len(chunk) < _SAMPLE_BYTES and (more := self._stream.read1(_CHUNK_BYTES)):
            chunk += more
        lines = chunk[: max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1] or chunk
        encoding = legacy_encoding(lines)
        self._has_encoding = True
        if encoding not in (None, UTF_8):
            assert encoding is not None
            self._decoder = _decoder(encoding)
            if self._logs:
                logger.warning("the feed is not UTF-8; it is read as %s", encoding)
        return chunk

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        """Return a chunk with LF for what else ends the lines of the text, such as CR alone."""
        if self._other_end is None:
            self._other_end = _other_end(chunk)
        if self._other_end:
            return self._with_own_ends(chunk, self._other_end)
        if self._has_return_ends is None and (b"\r" in chunk or b"\n" in chunk):
            self._has_return_ends = _has_return_ends(chunk)
        if not self._has_return_ends:
            return chunk
        chunk = self._held_return + chunk
        self._held_return = b"\r" if chunk.endswith(b"\r") and not self._ended else b""
        chunk = chunk.removesuffix(self._held_return)
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _with_own_ends(self, chunk: bytes, end: bytes) -> bytes:
        chunk = self._held_return + chunk
        parts = (end[:size] for size in range(len(end) - 1, 0, -1))
        held = next((part for part in parts if chunk.endswith(part)), b"")
        self._held_return = b"" if self._ended else held
        return chunk.removesuffix(self._held_return).replace(end, b"\n")


def _other_end(chunk: bytes) -> bytes:
    """Return the line end of a table that has neither CR nor LF, or nothing if it has one."""
    is_other = chunk.lstrip(_BLANK).startswith((*_NOT_LEGACY, b"<"))
    if is_other or b"\n" in chunk or b"\r" in chunk:
        return b""
    found = [(position, end) for end in _OTHER_ENDS if (position := chunk.find(end)) > 0]
    return min(found)[1] if found else b""


def _has_return_ends(chunk: bytes) -> bool:
    """Return whether the first line end that is in no quoted cell is a CR alone."""
    if not chunk.lstrip(_BLANK).startswith(_NOT_LEGACY):
        is_quoted = False
        for mark in _LINE_END.finditer(chunk):
            if mark[0] == b'"':
                is_quoted = not is_quoted
            elif not is_quoted:
                return not mark[0].endswith(b"\n")
    return len(_LONE_RETURN.findall(chunk.removesuffix(b"\r"))) > chunk.count(b"\n")


class _ToUtf8:
    """An incremental conversion of bytes in one encoding to bytes in UTF-8."""

    def __init__(self, encoding: str, *, rejects_c1: bool) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)(_UNDECODABLE)
        self._rejects_c1 = rejects_c1

    def decode(self, chunk: bytes, final: bool) -> bytes:
        text = self._decoder.decode(chunk, final)
        if self._rejects_c1:
            text = _C1.sub("\udcff", text)
        return text.encode(UTF_8, "surrogatepass")


class _Utf8:
    """Passes UTF-8 as it is, without a byte order mark."""

    def __init__(self) -> None:
        self._is_start = True

    def decode(self, chunk: bytes, final: bool) -> bytes:  # noqa: ARG002
        if self._is_start:
            chunk, self._is_start = chunk.removeprefix(codecs.BOM_UTF8), False
        return chunk


class _LatinLines:
    """Converts lines in a Latin encoding, except those that are UTF-8, as in joined files.

    The letters of a Latin encoding that are UTF-8 by chance, such as ``Ã¼``, stand in no word.
    """

    def __init__(self, encoding: str) -> None:
        self._latin = _ToUtf8(encoding, rejects_c1=True)
        self._held = b""

    def decode(self, chunk: bytes, final: bool) -> bytes:
        chunk = self._held + chunk
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if final or len(chunk) - end > _MAX_HELD_BYTES:
            end = len(chunk)
        lines, self._held = chunk[:end], chunk[end:]
        if not _MAY_BE_UTF_8.search(lines):
            return self._latin.decode(lines, final)
        return b"".join(
            line if line.isascii() or is_utf_8(line) else self._latin.decode(line, final)
            for line in lines.splitlines(keepends=True)
        )


def _decoder(encoding: str) -> _ToUtf8 | _Utf8 | _LatinLines:
    if encoding in (UTF_8, "utf-8-sig"):
        return _Utf8()
    if encoding in LATIN:
        return _LatinLines(encoding)
    return _ToUtf8(encoding, rejects_c1=not encoding.startswith("utf"))
