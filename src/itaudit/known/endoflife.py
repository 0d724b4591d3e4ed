"""Until when makers mend their products: the tables of endoflife.date (MIT).

Kept: {"products": {"debian": {"12": {"end": "2026-07-11", "paid_end": "2028-06-30"}, ...}, ...}}, named as there.
end: the last day of support, "" where it has no day; `ended` is there and true for what ended on a day that is not told.
paid_end: the last day of extended support; left out where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from itaudit.errors import Unreadable

URL = "https://endoflife.date/api/v1/products/full"
_MOST_PRODUCTS, _MOST_RELEASES, _LONGEST_NAME = 5000, 500, 80


def read(text: str) -> Mapping[str, Any]:
    """From the JSON of the address above (version 1 of its API). Raises Unreadable when no product in it can be read."""
    try:
        products = json.loads(text)["result"]
        if not isinstance(products, list):
            raise TypeError("result is no list")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable(f"no table of support ends: {error}"[:200]) from error
    found = {name: releases for product in products[:_MOST_PRODUCTS] for name, releases in [_product(product)] if releases}
    if not found:
        raise Unreadable("a table of support ends without any")
    return {"products": found}


def _product(product: object) -> tuple[str, dict[str, dict[str, Any]]]:
    if not isinstance(product, dict) or not isinstance(product.get("releases"), list):
        return "", {}
    name = str(product.get("name", ""))[:_LONGEST_NAME]
    releases = [release for release in product["releases"][:_MOST_RELEASES] if isinstance(release, dict) and release.get("name")]
    return name, {str(release["name"])[:_LONGEST_NAME]: _release(release) for release in releases} if name else {}


def _release(release: dict[str, Any]) -> dict[str, Any]:
    end, paid_end = _day(release.get("eolFrom")), _day(release.get("eoesFrom"))
    found: dict[str, Any] = {"end": end}
    if not end and release.get("isEol") is True:
        found["ended"] = True
    if paid_end:
        found["paid_end"] = paid_end
    return found


def _day(written: object) -> str:
    try:
        return date.fromisoformat(str(written)[:10]).isoformat()
    except ValueError:
        return ""


def words(data: Mapping[str, Any]) -> str:
    return f"support ends of {len(data['products'])} products"
