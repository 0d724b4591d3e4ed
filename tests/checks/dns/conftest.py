from collections.abc import Callable

import pytest

from itaudit import api
from reports.test_html import NEVER

Plain = Callable[[api.Verdict], tuple[api.Status, api.Severity | None]]


@pytest.fixture
def judged() -> Plain:
    """Status and own severity of a verdict, once its words were found plain and a fault was found to carry its remedy."""

    def look(verdict: api.Verdict) -> tuple[api.Status, api.Severity | None]:
        remedy = verdict.remedy
        assert (remedy is not None) is (verdict.status in (api.Status.WARN, api.Status.FAIL))
        words = [verdict.summary, *([remedy.action, remedy.if_you_wait] if remedy else [])]
        assert all(text and text.endswith(".") and not NEVER.search(text) for text in words), words
        assert remedy is None or (remedy.steps and remedy.verify)
        return verdict.status, verdict.severity

    return look
