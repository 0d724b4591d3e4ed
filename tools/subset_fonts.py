"""Makes the fonts that the reports ship: static, subset instances of Inter and Roboto Mono, and the table of what they cover.

Run it by hand when the fonts should change: `python tools/subset_fonts.py`. It needs fonttools, brotli, fontpkg-inter and
fontpkg-roboto-mono from PyPI. Typst reads the TTF files, the HTML carries the WOFF2 files; both are under the SIL Open Font
License, whose texts are copied beside them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TARGET = Path(__file__).resolve().parent.parent / "src" / "itaudit" / "reports" / "fonts"

SCRIPTS = ((0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x370, 0x3FF), (0x400, 0x4FF), (0x1E00, 0x1EFF))
"""Latin with its extensions, Greek and Cyrillic: what European names are written in."""

SIGNS = ((0x2000, 0x206F), (0x20A0, 0x20CF), (0x2100, 0x2199), (0x2200, 0x22FF), (0x2500, 0x25FF), (0x2610, 0x2717))
"""Punctuation, currencies, arrows, mathematics, shapes and ticks."""

INSTANCES = (
    ("inter", "Inter[opsz,wght].ttf", {"opsz": 14, "wght": 400}, "Inter-Regular"),
    ("inter", "Inter[opsz,wght].ttf", {"opsz": 14, "wght": 600}, "Inter-SemiBold"),
    ("inter", "Inter[opsz,wght].ttf", {"opsz": 14, "wght": 700}, "Inter-Bold"),
    ("inter", "Inter-Italic[opsz,wght].ttf", {"opsz": 14, "wght": 400}, "Inter-Italic"),
    ("roboto_mono", "RobotoMono[wght].ttf", {"wght": 400}, "RobotoMono-Regular"),
)


def package(name: str) -> Path:
    """Return the folder of an installed font package; LookupError when it is not installed."""
    spec = find_spec(f"fontpkg_{name}")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"pip install fontpkg-{name.replace('_', '-')}")
    return Path(spec.submodule_search_locations[0])


def wanted() -> list[int]:
    """Code points to keep."""
    return [code for low, high in SCRIPTS + SIGNS for code in range(low, high + 1)]


def subset(source: Path, axes: Mapping[str, float]) -> TTFont:
    """Pin the axes of a variable font and drop every glyph outside of `wanted`."""
    font = instancer.instantiateVariableFont(TTFont(source), axes, updateFontNames=True)
    options = Options()
    options.layout_features = ["kern", "liga", "mark", "mkmk", "ccmp", "locl", "tnum"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    chosen = Subsetter(options)
    chosen.populate(unicodes=wanted())
    chosen.subset(font)
    font["head"].modified = font["head"].created  # the same bytes on every run
    return font


def ranges(codes: set[int]) -> list[tuple[int, int]]:
    """Fold code points into closed ranges, ascending."""
    folded: list[tuple[int, int]] = []
    for code in sorted(codes):
        if folded and folded[-1][1] == code - 1:
            folded[-1] = (folded[-1][0], code)
        else:
            folded.append((code, code))
    return folded


def main() -> None:
    """Write the TTF and WOFF2 files, the coverage table and the licences."""
    TARGET.mkdir(parents=True, exist_ok=True)
    covered: set[int] | None = None
    for name, file, axes, stem in INSTANCES:
        font = subset(package(name) / "files" / file, axes)
        font.recalcTimestamp = False
        font.save(TARGET / f"{stem}.ttf")
        font.flavor = "woff2"
        font.save(TARGET / f"{stem}.woff2")
        if name == "inter":  # Typst falls back from Roboto Mono to Inter, so Inter decides
            codes = set(font.getBestCmap())
            covered = codes if covered is None else covered & codes
    (TARGET / "coverage.json").write_text(json.dumps(ranges(covered or set())) + "\n", encoding="ascii")
    for name, stem in (("inter", "OFL-Inter"), ("roboto_mono", "OFL-RobotoMono")):
        shutil.copyfile(package(name) / "LICENSE", TARGET / f"{stem}.txt")


if __name__ == "__main__":
    main()
