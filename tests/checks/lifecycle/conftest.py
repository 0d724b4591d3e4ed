"""The look at a verdict's words that the checks of names use too."""

from checks.dns.conftest import Plain, judged

__all__ = ["Plain", "judged"]
