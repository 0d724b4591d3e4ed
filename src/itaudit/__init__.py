"""itaudit looks at a machine and its surroundings and says in plain words what will hurt, when, and what to do first.

The house has one direction:
ask (evidence) -> type (facts) -> judge (checks) -> rank (score, plan) -> keep (store) -> show (reports).
"""

__version__ = "0.1.0"

RULE_SET = "2026.11"
"""Changes when a verdict could change on the same evidence: scores of different rule sets are never compared."""
