"""Shares a walk (live_folders.py) among processes: each takes the next folder that waits, and tells at the end what it counted.

They are copies of the one process that began the walk, so everything read so far is known to all. Numbers of folders wait in a
pipe: whoever is idle takes the next. When the first process dies, the others end at the walk's own end, and nobody reads them.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from itaudit.evidence.live_folders import Place, Row, Walk

WORTH_SHARING = 64
"""With fewer folders, starting processes takes longer than reading them."""
_NUMBER = struct.Struct("=I")


def share(walk: Walk, places: Sequence[Place], workers: int) -> None:
    """Finish the walk with so many processes. What one that dies has counted is left out: its folders stay unread."""
    numbers, waiting = _filled_pipe(len(places))
    entries, before = walk.entries_left, len(walk.rows)
    walk.entries_left //= workers
    walk.linked_left //= workers
    results = list(_started(walk, places, numbers, workers))
    if not results:
        walk.entries_left, waiting = entries, 0
    os.close(numbers)
    for process, read in results:
        with open(read, "rb") as pipe:
            content = pipe.read()
        with contextlib.suppress(ChildProcessError):  # where SIGCHLD is ignored, the kernel has forgotten it already
            os.waitpid(process, 0)
        _add(walk, _read(content), before)
    walk.finish(places[waiting:])


def _filled_pipe(count: int) -> tuple[int, int]:
    """The end to read the numbers from, which then is at its end; and how many it holds, from 0 on: at most `count`."""
    read, write = os.pipe()
    os.set_blocking(write, False)  # a pipe takes 64 KiB without a reader, but only 4 of a user who has many (pipe(7))
    written = os.write(write, b"".join(_NUMBER.pack(number) for number in range(count)))
    os.close(write)
    return read, written // _NUMBER.size


def _started(walk: Walk, places: Sequence[Place], numbers: int, workers: int) -> Iterator[tuple[int, int]]:
    """(process, the end to read what it tells from) of each; fewer where no more are allowed."""
    for _ in range(workers):
        read, write = os.pipe()
        try:
            process = os.fork()
        except OSError:
            os.close(read)
            os.close(write)
            return
        if not process:
            _work(walk, places, numbers, write)
        os.close(write)
        yield process, read


def _work(walk: Walk, places: Sequence[Place], numbers: int, write: int) -> NoReturn:
    """One process: count, tell, and leave without anything that the first one still has to do."""
    with contextlib.suppress(BaseException):
        before = [(row.held_bytes, row.changed_bytes, row.unread) for row in walk.rows]
        known = set(walk.linked)
        walk.finish(_taken(places, numbers))
        with open(write, "wb") as pipe:
            pipe.write(json.dumps(_told(walk, before, known)).encode())
    os._exit(0)


def _taken(places: Sequence[Place], numbers: int) -> Iterator[Place]:
    # A read of a pipe takes what one write left there, in whole numbers, since all of them were written at once.
    while len(number := os.read(numbers, _NUMBER.size)) == _NUMBER.size:
        yield places[_NUMBER.unpack(number)[0]]


def _told(walk: Walk, before: Sequence[tuple[int, int, int]], known: set[tuple[int, int]]) -> dict[str, Any]:
    """What was added to the rows that all know, the rows that are new, and the files of several names among them."""
    index = {id(row): number for number, row in enumerate(walk.rows)}
    return {
        "over": walk.over,
        "added": [
            (number, row.held_bytes - held, row.changed_bytes - changed, row.unread - unread)
            for number, (row, (held, changed, unread)) in enumerate(zip(walk.rows, before, strict=False))
            if (row.held_bytes, row.changed_bytes, row.unread) != (held, changed, unread)
        ],
        "new": [
            (os.fsdecode(row.path), index[id(row.above)], row.held_bytes, row.changed_bytes, row.unread)
            for row in walk.rows[len(before) :]
        ],
        "linked": [
            (*key, index[id(row)], size, changed) for key, (row, size, changed) in walk.linked.items() if key not in known
        ],
    }


def _read(content: bytes) -> dict[str, Any]:
    """What one process told; of one that died there is nothing, or half."""
    try:
        told: dict[str, Any] = json.loads(content)
    except ValueError:
        return {"over": True}
    return told


def _add(walk: Walk, told: dict[str, Any], before: int) -> None:
    """Add what one process told. `before`: how many rows there were when they began."""
    from itaudit.evidence.live_folders import Row

    walk.over = walk.over or told["over"]
    rows: list[Row] = walk.rows[:before]
    for number, held, changed, unread in told.get("added", ()):
        rows[number].held_bytes += held
        rows[number].changed_bytes += changed
        rows[number].unread += unread
    for path, above, held, changed, unread in told.get("new", ()):
        rows.append(Row(os.fsencode(path), rows[above], held, changed, unread))
    walk.rows += rows[before:]
    for device, inode, number, size, changed in told.get("linked", ()):
        if (device, inode) in walk.linked:  # another process counted it too
            rows[number].held_bytes -= size
            rows[number].changed_bytes -= changed
        else:
            walk.linked[device, inode] = (rows[number], size, changed)
