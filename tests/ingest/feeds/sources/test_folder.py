import gzip
from pathlib import Path

import pytest

from gram_es.errors import FeedError
from ingest.feeds import FileFault, FolderFeed, RejectedRow, Row, detect_format, open_feed
from ingest.feeds.sources.open import feed_name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three files in three formats, and other names, which are not read."""
    folder = tmp_path / "feeds"
    (folder / "archive").mkdir(parents=True)
    (folder / "archive" / "old.csv").write_text("id,title\n9,Old\n")
    (folder / "_SUCCESS").touch()
    (folder / ".listing").write_text("id,title\n8,Hidden\n")
    (folder / "b.ndjson").write_text('{"id": 3, "title": "Pot"}\n{"id": 1, "title": "Again"}\n')
    (folder / "a.csv").write_text("id,title\n1,Kettle\n2,\n")
    xml = b"<rss><item><id>4</id><title>Lid</title></item></rss>"
    (folder / "c.xml.gz").write_bytes(gzip.compress(xml))
    return folder


def test_the_files_are_one_stream_in_the_order_of_their_names(folder: Path) -> None:
    rows = list(open_feed(folder))

    assert [row.number for row in rows if not isinstance(row, FileFault)] == [1, 2, 3, 4, 5]
    assert [row.product.id for row in rows if isinstance(row, Row)] == ["1", "3", "4"]
    assert [str(row) for row in rows if isinstance(row, RejectedRow)] == [
        "row 2, line 3: title is missing (in a.csv)",
        "row 4, line 2: row 1 has the same id '1' (in b.ndjson)",
    ]
    assert detect_format(folder) == (
        "CSV or TSV whose header names id and title; NDJSON; Google Merchant XML (RSS 2.0 or Atom)"
    )


def test_broken_files_are_named_and_the_others_are_read(folder: Path) -> None:
    (folder / "a.csv").write_text("<rss><item>")
    (folder / "b.ndjson").write_text("%PDF")
    (folder / "b2.csv").symlink_to("nowhere")

    unclosed, unsupported, dangling, lid = open_feed(folder)

    assert str(unclosed).startswith("the feed a.csv is broken at line 1, after 0 rows: the XML")
    assert f"the feed {folder / 'b.ndjson'} has none of the supported formats" in str(unsupported)
    assert f"the feed {folder / 'b2.csv'} cannot be read: no such file" in str(dangling)
    assert isinstance(lid, Row)
    assert "Google Merchant XML" in detect_format(folder)


def test_a_folder_without_a_readable_file_is_an_error(folder: Path) -> None:
    for name in ("a.csv", "b.ndjson", "c.xml.gz"):
        (folder / name).write_text("%PDF")
    with pytest.raises(
        FeedError, match=r"a\.csv has none of the supported formats: it starts with '%PDF'"
    ):
        detect_format(folder)

    for name in ("a.csv", "b.ndjson", "c.xml.gz"):
        (folder / name).unlink()
    with pytest.raises(FeedError, match="contains no feed file; folders inside it, and files"):
        detect_format(folder)


def test_the_hash_depends_on_contents_and_names_and_nothing_else(folder: Path) -> None:
    feed = FolderFeed(folder)
    first = feed.content_hash()

    (folder / "_SUCCESS").write_text("more")
    assert feed.content_hash() == first

    (folder / "a.csv").write_text("id,title\n1,Kettle!\n2,\n")
    changed = feed.content_hash()
    (folder / "b.ndjson").rename(folder / "d.ndjson")
    renamed = feed.content_hash()
    (folder / "e.csv").symlink_to("nowhere")

    assert len({first, changed, renamed, feed.content_hash()}) == 4


def test_the_share_read_grows_over_all_files_to_the_whole(folder: Path) -> None:
    shares: list[float] = []

    list(open_feed(folder, shares.append))

    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_folder_is_named_by_its_own_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    assert feed_name(f"{folder}/") == feed_name(".") == "feeds"
