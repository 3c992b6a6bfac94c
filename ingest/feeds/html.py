"""The words of a description that is HTML, and the data that a page carries in scripts."""

from __future__ import annotations

from html.parser import HTMLParser

_SILENT = ("script", "style")
_JSON_LD = "application/ld+json"


class _Text(HTMLParser):
    """Collects the text of a description, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the words of an HTML fragment, parted by single blanks."""
    parser = _Text()
    parser.feed(html)
    parser.close()
    return " ".join(" ".join(parser.parts).split())


class JsonLdScripts(HTMLParser):
    """Collects the JSON-LD of a page that is fed to it in pieces, each with its line."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[tuple[int, str]] = []
        self._line = 0
        self._parts: list[str] | None = None

    def take(self) -> list[tuple[int, str]]:
        """Return what has been closed since the last call."""
        found, self._found = self._found, []
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").partition(";")[0].strip().lower()
        if tag == "script" and kind == _JSON_LD:
            self._line, self._parts = self.getpos()[0], []

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self._found.append((self._line, "".join(self._parts)))
            self._parts = None

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)
