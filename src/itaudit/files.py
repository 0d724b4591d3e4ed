"""Files of ours are private and whole: 0600, written beside their place, flushed to the disk, then renamed over it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from itaudit.errors import UserError


def write_private(path: Path, content: bytes) -> None:
    """Write a file that is either the old one or all of the new one, readable by its owner only. Raises UserError."""
    if path.exists() and not path.is_file():
        raise UserError(f"{path} is not a file. Give the name of a file to write.")
    temporary: str | None = None
    # A link stays a link: what it points to is written.
    path = path.resolve()
    try:
        folder = path.parent
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{path.name[:100]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        temporary = None
        _flush_folder(folder)
    except OSError as error:
        raise UserError(f"Cannot write {path}: {error.strerror or error}. Choose another place.") from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _flush_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
