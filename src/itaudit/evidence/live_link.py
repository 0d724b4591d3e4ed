"""What a network card says of its link: the kernel itself is asked (ioctl SIOCETHTOOL), without rights and without ethtool(8).

ethtool prints the same for people only; its JSON does not cover it.
"""

from __future__ import annotations

import ctypes
import errno
import json
import socket
import struct
from typing import Any

from itaudit.errors import NotFound, Unreadable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_machine import LinkModes

_SIOCETHTOOL = 0x8946
_GET_LINK_SETTINGS = 0x4C
_WORDS_MOST = 127
"""Of 32 bits in each of three masks: the count is a signed byte (struct ethtool_link_settings of linux/ethtool.h)."""
_SETTINGS = struct.Struct("=IIBBBBBBBbBBBB")
_HEADER_BYTES = 48
"""Of the settings, with what is reserved; the masks follow: supported, advertised, those of the other end."""
_DUPLEX = {0: "half", 1: "full"}
_UNKNOWN_SPEED = 0xFFFFFFFF


def link_modes(question: LinkModes) -> Answer:
    """Body: JSON as LinkModes says. Raises NotFound for no such card, Unreadable for one that has no such settings."""
    import fcntl

    memory = ctypes.create_string_buffer(_HEADER_BYTES + 3 * 4 * _WORDS_MOST)
    name = question.interface.encode()
    if not 0 < len(name) < 16:
        raise NotFound(question.interface)
    request = struct.pack("16sQ8x", name, ctypes.addressof(memory))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        try:
            words = 0
            # The first call says, as a negative number, how many words the masks have; the second fills them.
            for _ in range(2):
                _SETTINGS.pack_into(memory, 0, _GET_LINK_SETTINGS, 0, *[0] * 7, words, *[0] * 4)
                fcntl.ioctl(handle, _SIOCETHTOOL, request)
                words = abs(int(_SETTINGS.unpack_from(memory)[9]))
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise NotFound(question.interface) from error
            raise Unreadable(f"{question.interface}: {error.strerror}") from error
    return Answer(body=json.dumps(_read(memory.raw, words)))


def _read(memory: bytes, words: int) -> dict[str, Any]:
    _, speed, duplex, *_ = _SETTINGS.unpack_from(memory)
    masks = [
        int.from_bytes(memory[start : start + 4 * words], "little")
        for start in range(_HEADER_BYTES, _HEADER_BYTES + 3 * 4 * words, 4 * words or 1)
    ]
    supported, advertised, partner = masks if masks else (0, 0, 0)
    return {
        "speed_mbps": None if speed in (0, _UNKNOWN_SPEED) else speed,
        "duplex": _DUPLEX.get(duplex),
        "supported": f"{supported:x}",
        "advertised": f"{advertised:x}",
        "partner": f"{partner:x}",
    }
