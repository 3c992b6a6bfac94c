"""Links, headings, paths, commands and variables that the docs mention exist."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

import gram_es
from docs.schemas import anchor
from gram_es.cli import main
from gram_es.settings import Settings

ROOT = Path(gram_es.__file__).parents[1]
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").glob("*.md"))]
CURRENT_PAGES = [
    page for page in PAGES if page.name != "CHANGELOG.md"
]  # which mentions removed things, too

FENCE = re.compile(
    r"^ *(?P<mark>```+|~~~+)(?P<language>\w*)[^\n]*\n(?P<code>.*?)^ *(?P=mark)\s*?$", re.M | re.S
)
CODE = re.compile(r"(?<!`)(`+)(?!`)(?P<code>.+?)(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)|^\[[^\]]+\]:\s+(\S+)|(?:href|src)=\"([^\"]+)", re.M)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.M)
REPOSITORY_PATH = re.compile(
    r"(?:gram_es|ingest|query_api|mappings|tests|benchmarks|docs|\.ci)/[\w./*@-]*"
)
VARIABLE = re.compile(r"\bGRAM_ES_\w+(?![\w*])")
SHELLS = ("sh", "bash", "shell", "console")


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives a page; those of repeated headings end in -1, -2, ..."""
    seen: Counter[str] = Counter()
    found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)", text))
    for heading in HEADING.findall(FENCE.sub("", text)):
        name = anchor(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading))
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page whose file or heading does not exist."""
    return [link for link in links(page.read_text("utf-8")) if not target_exists(page, link)]


def links(text: str) -> Iterator[str]:
    for groups in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        link = "".join(groups)
        if not re.match(r"[a-z]+:", link):
            yield link


def target_exists(page: Path, link: str) -> bool:
    name, _, heading = unquote(link).partition("#")
    target = page.parent / name if name else page
    if not heading:
        return target.exists()
    return (
        target.suffix == ".md" and target.exists() and heading in anchors(target.read_text("utf-8"))
    )


def missing_paths(page: Path) -> list[str]:
    """Return the paths of this repository that a page mentions and that do not exist."""
    spans = [match["code"] for match in CODE.finditer(FENCE.sub("", page.read_text("utf-8")))]
    paths = [span for span in spans if REPOSITORY_PATH.fullmatch(span) and "..." not in span]
    return [path for path in paths if not any(ROOT.glob(path.rstrip("/")))]


def unknown_commands(page: Path) -> list[str]:
    """Return the uses of ``gram-es`` in a page whose command or option does not exist."""
    text = page.read_text("utf-8")
    blocks = [match["code"] for match in FENCE.finditer(text) if match["language"] in SHELLS]
    spans = [match["code"] for match in CODE.finditer(FENCE.sub("", text))]
    calls = [words for block in (*blocks, *spans) for words in commands(block)]
    return [" ".join(words) for words in calls if not exists(main, words[1:])]


def commands(shell: str) -> Iterator[list[str]]:
    """Yield the words of each call of ``gram-es``."""
    for line in shell.replace("\\\n", " ").splitlines():
        words = shlex.shlex(
            re.sub(r"(^|\s)#.*", "", line).lstrip("$ "), posix=True, punctuation_chars=True
        )
        words.commenters = ""
        words.whitespace_split = True
        call: list[str] = []
        for word in (*read_words(words), ";"):
            if word and set(word) <= set(";&|()<>"):
                if call and call[0].rpartition("/")[2] == "gram-es":
                    yield call
                call = []
            elif call or not re.fullmatch(r"\w+=.*", word):
                call.append(word)


def read_words(words: shlex.shlex) -> list[str]:
    try:
        return list(words)
    except ValueError:  # an apostrophe without a partner: prose, not a command
        return []


def exists(command: click.Command, words: list[str]) -> bool:
    """Return whether a command has the given subcommand and options; capitals are placeholders."""
    context = click.Context(command)
    options = {
        name: parameter
        for parameter in command.get_params(context)
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    rest = iter(words)
    for word in rest:
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            option = options.get(name)
            if not isinstance(option, click.Option):
                return name in main.context_settings["help_option_names"]
            for _ in range(0 if option.is_flag or option.count or value else option.nargs):
                next(rest, None)
        elif isinstance(command, click.Group):
            called = command.get_command(context, word)
            called = called or command.get_command(context, "run")  # ingest FEED: ingest run FEED
            if called is None:
                return word.isupper()
            return exists(called, list(rest))
    return True


def unknown_variables(page: Path) -> list[str]:
    """Return the variables ``GRAM_ES_...`` of a page that are no settings."""
    variables = {field.alias for field in Settings.model_fields.values()}
    return [name for name in VARIABLE.findall(page.read_text("utf-8")) if name not in variables]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_targets_of_links_exist(page):
    assert broken_links(page) == []


@pytest.mark.parametrize("check", [missing_paths, unknown_commands, unknown_variables])
@pytest.mark.parametrize("page", CURRENT_PAGES, ids=lambda page: page.name)
def test_what_a_page_mentions_exists(page, check):
    assert check(page) == []


def test_the_file_and_the_heading_of_a_link_must_exist(tmp_path):
    (tmp_path / "other.md").write_text("# It's `a b`: [c](d)\n## Twice\n## Twice\n```\n# no\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "# Top\n[ok](other.md#its-a-b-c) [ok](other.md#twice-1) [ok](#top) [ok](https://x.example/y#z)\n"
        "[a](gone.md) [b](other.md#no) [c](#other) ![d](gone.svg)\n[e]: gone.txt\n"
        '<img src="gone.png"> `[f](code.md)`\n```\n[g](code.md)\n```\n'
    )

    assert broken_links(page) == [
        *("gone.md", "other.md#no", "#other", "gone.svg", "gone.txt", "gone.png")
    ]


def test_a_path_of_the_repository_must_exist(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("`gram_es/settings.py` `docs/` `tests/test_*.py` `gram_es/gone.py` `models/x`")

    assert missing_paths(page) == ["gram_es/gone.py"]


def test_commands_and_options_must_exist(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Gram-es' own `gram-es serve --port 1 --prot 2`, `gram-es COMMAND --help`.\n"
        "```sh\n"
        "X=1 .venv/bin/gram-es ingest FEED --wait &  # gram-es gone\n"
        "cat log | gram-es ingest - --wiat; gram-es ingest replay 7 \\\n  --gone | cat\n"
        "gram-es -v search '' --size -1 && gram-es search 'a --b' --filter=x=y\n"
        "gram-es indx plan\n"
        "```\n"
        "```python\ngram-es gone\n```\n"
    )

    assert unknown_commands(page) == [
        "gram-es ingest - --wiat",
        "gram-es ingest replay 7 --gone",
        "gram-es indx plan",
        "gram-es serve --port 1 --prot 2",
    ]


def test_variables_must_be_settings(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("`GRAM_ES_PORT`, `GRAM_ES_FEED_*`, `GRAM_ES_PROT=1`")

    assert unknown_variables(page) == ["GRAM_ES_PROT"]
