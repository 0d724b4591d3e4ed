"""Where the names of organisations begin: the Public Suffix List (publicsuffix.org).

example.co.uk belongs to an organisation, co.uk to everybody: only a list can tell.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

_LOADING = threading.Lock()
"""All names are looked at together, and `cache` alone would let each of them load the list at the same time."""


@cache
def _suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # reads ten thousand rules, and few commands need them

    return PublicSuffixList()


@cache
def _registries() -> Any:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True, accept_unknown=False)


def organisation_of(name: str) -> str:
    """www.example.co.uk -> example.co.uk; "" for a public suffix itself. Under an unknown ending, the last two labels."""
    with _LOADING:
        suffixes = _suffixes()
    return suffixes.privatesuffix(name) or ""


def is_public_suffix(name: str) -> bool:
    """Is it an ending under which anybody may register a name, as com, co.uk or github.io?"""
    with _LOADING:
        suffixes = _suffixes()
    return bool(suffixes.is_public(name))


def registered(name: str) -> str:
    """The name that a registry sold: mail.example.co.uk -> example.co.uk; "" under endings that none sells (lan, local)."""
    with _LOADING:
        registries = _registries()
    return registries.privatesuffix(name) or ""
