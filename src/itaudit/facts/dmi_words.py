"""What the firmware and the parts of a machine say of themselves, as words that may be shown."""

from __future__ import annotations

import re

# What makers write where they should have written something.
_FILLERS = re.compile(
    r"(?:to be filled by o\.?e\.?m\.?|default string|system (?:serial number|product name|manufacturer|version)|not (?:specified|"
    r"applicable|available)|no asset (?:tag|information)|asset.?tag|none|unknown|n/?a|invalid|chassis serial number|o\.?e\.?m\.?|"
    r"[0x.\- ]*|0?123456789|0x[0-9a-f]{1,8})",
    re.IGNORECASE,
)


def told(text: str) -> str:
    """One line of what a part says of itself; "" for the fillers that makers leave."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())[:100]
    return "" if _FILLERS.fullmatch(line) else line
