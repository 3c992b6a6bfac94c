"""Files that are packed: a zip archive of one file, and the kinds that are not read."""

from __future__ import annotations

import struct
import zipfile
from io import SEEK_END, BufferedIOBase
from pathlib import Path, PurePosixPath

from gram_es.errors import FeedError

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_MAX_DIRECTORY_BYTES = 1 << 20  # of a zip archive; Python reads it at once
_END = b"PK\x05\x06"
_END_BYTES = (1 << 16) + 22  # of the end of a zip archive, with its comment
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_WORKBOOKS = ("[Content_Types].xml", "mimetype")
_UNREAD = {
    b"BZh": "is packed with bzip2; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "is packed with xz; unpack it, or pack it with gzip",
    b"\x28\xb5\x2f\xfd": "is packed with zstd; unpack it, or pack it with gzip",
    b"7z\xbc\xaf": "is a 7z archive; unpack it",
    b"Rar!": "is a rar archive; unpack it",
    b"\xd0\xcf\x11\xe0": "is a workbook; export its sheet as CSV",
}


def check_is_read(path: Path, head: bytes) -> None:
    """Check that a file is not packed in a way that is not read.

    :raises FeedError: with the kind of the file and the remedy.
    """
    for magic, reason in _UNREAD.items():
        if head.startswith(magic):
            raise FeedError(f"the feed {path} {reason}")


def open_only_file(path: Path, file: BufferedIOBase) -> zipfile.ZipExtFile:
    """Return the unpacked bytes of the only file in a zip archive.

    :raises FeedError: if the archive is damaged, encrypted, a workbook, or has several files.
    """
    try:
        archive = _open(path, file)
        unpacked = archive.open(_only_member(path, archive))
    # what zipfile raises for damage, and for a compression or an encryption that it does not know
    except (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, ValueError) as error:
        raise FeedError(f"the feed {path} is a damaged zip archive: {str(error).lower()}") from None
    assert isinstance(unpacked, zipfile.ZipExtFile)  # as opened for reading
    return unpacked


def _open(path: Path, file: BufferedIOBase) -> zipfile.ZipFile:
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - _END_BYTES))
    end = file.read(_END_BYTES)
    position = end.rfind(_END)
    if position >= 0 and len(end) >= position + 16:
        (directory_bytes,) = struct.unpack_from("<L", end, position + 12)
        if directory_bytes > _MAX_DIRECTORY_BYTES:
            raise FeedError(f"the feed {path} is a zip archive of many files; unpack it")
    file.seek(0)
    return zipfile.ZipFile(file)


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    if names[:1] and (names[0] in _WORKBOOKS or _WORKBOOKS[0] in names):
        raise FeedError(f"the feed {path} is a workbook; export its sheet as CSV")
    members = [member for member in archive.infolist() if _is_feed(member)]
    if len(members) != 1:
        raise FeedError(
            f"the feed {path} is a zip archive of {len(members)} files; unpack it into a folder"
        )
    (member,) = members
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
        reason = "is encrypted" if member.flag_bits & _ENCRYPTED else "has another packing method"
        raise FeedError(f"the feed {path} is a zip archive whose file {reason}; unpack it")
    return member


def _is_feed(member: zipfile.ZipInfo) -> bool:
    """Return false for folders, and for what systems add to an archive."""
    path = PurePosixPath(member.filename)
    is_added = path.name.startswith(".") or "__MACOSX" in path.parts or path.name == "Thumbs.db"
    return not member.is_dir() and not is_added
