"""What the owner says in [security]: what is meant to be so on this machine. One section for all facts about locked doors."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from itaudit import api


def validated_port(written: str) -> str:
    """ "443" and "443/tcp" become "443/tcp". ValueError says what to write instead."""
    number, slash, protocol = written.strip().lower().partition("/")
    if not re.fullmatch(r"[0-9]{1,5}", number) or not 1 <= int(number) <= 65535 or (slash and protocol not in ("tcp", "udp")):
        raise ValueError(f"{written!r} is not a port: write for example 443/tcp or 51820/udp")
    return f"{int(number)}/{protocol or 'tcp'}"


PortName = Annotated[str, AfterValidator(validated_port)]


class Security(api.Section):
    """What is meant to be so on this machine, for the checks of locked doors."""

    table: ClassVar[str] = "security"

    expected_ports: tuple[PortName, ...] = Field((), max_length=500)
    """Ports that others are meant to reach: ["22/tcp", "443/tcp"]. Once any is named, each other one is a warning."""
    remote_access: tuple[str, ...] = Field((), max_length=100)
    """Programs for remote control that are meant to be here: ["anydesk"]."""
    whole_walk: bool = False
    """Look at every file of the system for rights that are too wide, not only where programs and settings lie: takes seconds."""
