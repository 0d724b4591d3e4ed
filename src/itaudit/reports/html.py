"""The report as one HTML file: styles and fonts inside, no script, nothing fetched from anywhere.

The template escapes everything; only our own charts and styles go in as markup. Source of the policy: CSP Level 3 (W3C).
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from itaudit.outcome import Assessment
from itaudit.reports.view import build_view
from itaudit.reports.words import PALETTE

HERE = Path(__file__).parent

FACES = (
    ("Inter", 400, "normal", "Inter-Regular"),
    ("Inter", 600, "normal", "Inter-SemiBold"),
    ("Inter", 700, "normal", "Inter-Bold"),
    ("Inter", 400, "italic", "Inter-Italic"),
    ("Roboto Mono", 400, "normal", "RobotoMono-Regular"),
)


def render_html(assessment: Assessment) -> str:
    """Return the whole report as an HTML document. The same assessment gives the same text."""
    template = _environment().get_template("report.html.j2")
    return template.render(view=build_view(assessment), style=_style(), Markup=Markup)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    """Fonts, colours for paper and dark screens, and the style sheet. All of it is ours, so it needs no escaping."""
    light, dark = _variables(dark=False), _variables(dark=True)
    colours = f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}{_classes()}}}\n"
    # S704: the parts are package files and constants; no text of a machine comes near them.
    return Markup(_faces() + colours + (HERE / "templates" / "report.css").read_text(encoding="utf-8"))  # noqa: S704


def _variables(*, dark: bool) -> str:
    pairs = ((f"--{name}", c.dark_ink if dark else c.ink) for name, c in PALETTE.items())
    fills = ((f"--{name}-fill", c.dark_fill if dark else c.fill) for name, c in PALETTE.items())
    return "".join(f"{name}:{value};" for name, value in (*pairs, *fills))


def _classes() -> str:
    """What charts look like on a dark screen: their attributes are for paper."""
    return "".join(
        f".i-{name}{{fill:{c.dark_ink}}}.f-{name}{{fill:{c.dark_fill}}}rect.f-{name}[stroke]{{stroke:{c.dark_ink}}}"
        for name, c in PALETTE.items()
    )


def _faces() -> str:
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};font-display:swap;'
        f"src:url(data:font/woff2;base64,{_base64(stem)}) format('woff2')}}\n"
        for family, weight, style, stem in FACES
    )


def _base64(stem: str) -> str:
    return b64encode((HERE / "fonts" / f"{stem}.woff2").read_bytes()).decode("ascii")
