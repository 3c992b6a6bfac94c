"""A position in the text of a JSON file, of which only a part is in memory."""

from __future__ import annotations

import codecs
import json
import re
from io import BufferedIOBase

from ingest.feeds.formats.json.object import JsonDecoder, reason_of
from ingest.feeds.formats.lines import MAX_LINE_BYTES
from ingest.feeds.rows.records import BrokenFeedError

MAX_VALUE_CHARACTERS = MAX_LINE_BYTES
_CHUNK_BYTES = 1 << 16
_CUT_CHARACTERS = 64  # an error this near the end of the text may be due to its end
_SPACE = re.compile(r"[ \t\r\n\ufeff\x1e]*")
_MARK = re.compile(r'["\\\n{}\[\]]')
_OBJECT = re.compile(r"(?:,[ \t]{0,4})?\{")
_MAX_COMMA = 6
_STRING_MARK = re.compile(r'["\\\n]')


class MalformedValueError(Exception):
    """A value is no JSON; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class JsonCursor:
    """Reads a JSON text value by value; ``line`` is the number of the current line."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream
        self._decode_bytes = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._position = 0
        self._ended = False
        self.line = 1
        self.decoder = JsonDecoder()

    def peek(self) -> str:
        """Return the next character that is no white space, or an empty text at the end."""
        while True:
            match = _SPACE.match(self._text, self._position)
            assert match is not None  # it also matches nothing
            self._move_to(match.end())
            if self._ahead or not self._fill(1):
                return self._text[self._position : self._position + 1]

    def skip(self, character: str) -> bool:
        """Move behind the next character if it is ``character``; return whether it is."""
        if self.peek() != character:
            return False
        self._position += 1
        return True

    def value(self, *, keeps_place: bool = False) -> tuple[object, str]:
        """Return the next value and its text, and move behind it unless the place is kept.

        :raises MalformedValueError: if it is no JSON or too long; then the place does not change.
        """
        self.peek()
        while True:
            try:
                value, end = self.decoder.decode(self._text, self._position)
            except ValueError as error:
                reason = reason_of(error)
                if self._is_final(error):
                    raise MalformedValueError(reason) from None
            else:
                if end < len(self._text) or not self._fill(self._ahead + 1):
                    break
                continue  # a number may go on behind the end of the text
            if self._ahead > MAX_VALUE_CHARACTERS:
                reason = f"it is longer than {MAX_VALUE_CHARACTERS:,} characters, or never closed"
                raise MalformedValueError(reason)
            if not self._fill(2 * self._ahead):
                raise MalformedValueError(reason)
        text = self._text[self._position : end]
        if not keeps_place:
            self._move_to(end)
        return value, text

    def skip_malformed(self) -> tuple[str, bool]:
        """Move behind a malformed object; return its text and whether that is all of it.

        It ends where its brackets are closed, or before a line that starts as its own line does. A
        string ends at the end of its line, because JSON has no line breaks in strings.

        :raises BrokenFeedError: if neither comes.
        """
        first_line = self.line
        indent = self._indent()
        parts: list[str] = []
        size = depth = 0
        is_string = False
        while True:
            mark = (_STRING_MARK if is_string else _MARK).search(self._text, self._position)
            end = mark.end() if mark else len(self._text)
            if size <= MAX_VALUE_CHARACTERS:
                parts.append(self._text[self._position : end])
            size += end - self._position
            self._move_to(end)
            if mark is None:
                if not self._fill(1):
                    raise BrokenFeedError(first_line, "an object is never closed")
            elif mark[0] == "\n":
                is_string = False
                if indent is not None and self._is_at_object(indent):
                    break
            elif mark[0] == "\\":
                if self._next() not in ("", "\n"):
                    self._position += 1
            elif mark[0] == '"':
                is_string = not is_string
            else:
                depth += 1 if mark[0] in "{[" else -1
                if depth <= 0:
                    break
        return "".join(parts), size <= MAX_VALUE_CHARACTERS

    def _is_final(self, error: ValueError) -> bool:
        """Return whether more text would not make a value valid."""
        if not isinstance(error, json.JSONDecodeError):
            return True
        is_unterminated = error.msg.startswith("Unterminated string")
        return not is_unterminated and error.pos < len(self._text) - _CUT_CHARACTERS

    def _indent(self) -> str | None:
        """Return the blanks that the line of an object starts with, before a comma if it has one.

        Return ``None`` if the object starts no line.
        """
        start = self._text.rfind("\n", 0, self._position) + 1
        before = self._text[start : self._position]
        if not start or before.strip(" \t,"):
            return None
        return before[: len(before) - len(before.lstrip())] if "," in before else before

    def _is_at_object(self, indent: str) -> bool:
        """Return whether a line starts with these blanks, a comma or none, and an object."""
        if self._ahead < len(indent) + _MAX_COMMA:
            self._fill(len(indent) + _MAX_COMMA)
        line = self._text[self._position : self._position + len(indent) + _MAX_COMMA]
        return line.startswith(indent) and bool(_OBJECT.match(line, len(indent)))

    def _next(self) -> str:
        if not self._ahead:
            self._fill(1)
        return self._text[self._position : self._position + 1]

    @property
    def _ahead(self) -> int:
        return len(self._text) - self._position

    def _move_to(self, position: int) -> None:
        self.line += self._text.count("\n", self._position, position)
        self._position = position

    def _fill(self, wanted: int) -> bool:
        """Read until ``wanted`` characters are ahead; return whether any were read.

        What is far behind the current position is forgotten.
        """
        kept = max(0, self._position - _CHUNK_BYTES)
        self._text, self._position = self._text[kept:], self._position - kept
        parts, ahead = [self._text], self._ahead
        while ahead < wanted and not self._ended:
            chunk = self._stream.read1(_CHUNK_BYTES)
            self._ended = not chunk
            parts.append(self._decode_bytes.decode(chunk, self._ended))
            ahead += len(parts[-1])
        grown = ahead > self._ahead
        self._text = "".join(parts)
        return grown
