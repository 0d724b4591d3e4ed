"""Fixtures of the backups' facts."""

from __future__ import annotations

import pytest

from facts.backups._patient import Patient
from itaudit.evidence.questions import Source


@pytest.fixture(scope="session")
def live_source(live_source: Source) -> Source:
    """This very machine, asked patiently; the Ask called `live` asks it too."""
    return Patient(live_source)
