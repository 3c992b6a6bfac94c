"""A zip archive of one file is read; what is packed in another way is refused in one sentence."""

import bz2
import hashlib
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gram_es.errors import FeedError
from gram_es.records import Product
from ingest.feeds import FileFault, RejectedRow, Row, open_feed

Items = Callable[[bytes | str], list[Row | RejectedRow | FileFault]]
Products = Callable[[bytes | str], list[Product]]

TABLE = "id;title\r\n" + "".join(f"k-{n};Töpfe {n}\r\n" for n in range(5_000))


def archive(files: dict[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, text in files.items():
            file.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_only_file_of_a_zip_archive_is_read(products_of: Products, method: int) -> None:
    others = {"feed/": "", "__MACOSX/._shop.csv": "x", "feed/.DS_Store": "x"}

    products = products_of(archive({**others, "feed/shop.csv": TABLE}, method))

    assert [product.id for product in products] == [f"k-{n}" for n in range(5_000)]
    assert products[-1].title == "Töpfe 4999"


def test_a_damaged_zip_archive_ends_in_a_fault(items_of: Items) -> None:
    rows = "".join(f"k-{n},{hashlib.sha256(b'%d' % n).hexdigest()}\n" for n in range(20_000))
    packed = bytearray(archive({"shop.csv": f"id,title\n{rows}"}))
    packed[-9_000] ^= 0xFF

    *whole, fault = items_of(bytes(packed))

    assert all(isinstance(row, Row) for row in whole[:10_000])
    assert isinstance(fault, FileFault)
    assert "the packed data is damaged or cut off" in fault.reason


def test_what_a_zip_archive_unpacks_to_is_limited(
    items_of: Items, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.feeds.sources.bytes.MAX_UNPACKED_BYTES", 1 << 19)
    monkeypatch.setattr("ingest.feeds.sources.bytes.MAX_RATIO", 2)

    *_, fault = items_of(archive({"shop.csv": "id,title\n" + "1,Kettle\n" * 150_000}))

    assert isinstance(fault, FileFault)
    assert "unpacks to more than" in fault.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (archive({"a.csv": TABLE, "b.csv": TABLE}), "a zip archive of 2 files; unpack it"),
        (archive({}), "a zip archive of 0 files"),
        (archive({"a.csv": TABLE})[:-30], "is a damaged zip archive"),
        (archive({"[Content_Types].xml": "", "xl/workbook.xml": ""}), "is a workbook; export"),
        (archive({"mimetype": "application/vnd.oasis", "content.xml": ""}), "is a workbook"),
        (archive({f"{n:0500}": "" for n in range(2_000)}), "a zip archive of many files"),
        (archive({"a.csv": TABLE}, zipfile.ZIP_BZIP2), "has another packing method; unpack it"),
        (bz2.compress(TABLE.encode()), "is packed with bzip2; unpack it"),
        (lzma.compress(TABLE.encode()), "is packed with xz; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook; export its sheet as CSV"),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "feed"
    path.write_bytes(content)

    with pytest.raises(FeedError, match=reason):
        list(open_feed(path))


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    packed = bytearray(archive({"a.csv": TABLE}))
    directory = packed.rindex(b"PK\x01\x02")
    packed[directory + 8] |= 1
    path = tmp_path / "feed"
    path.write_bytes(packed)

    with pytest.raises(FeedError, match="whose file is encrypted; unpack it"):
        list(open_feed(path))
