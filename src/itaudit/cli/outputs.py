"""The files a command can be asked for, and writing them. Shared by scan and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from itaudit.errors import UserError

if TYPE_CHECKING:
    from itaudit.outcome import Assessment

Html: TypeAlias = Annotated[Path | None, typer.Option("--html", metavar="F", help="Write the owner's page.")]
Pdf: TypeAlias = Annotated[Path | None, typer.Option("--pdf", metavar="F", help="Write the same as PDF.")]
Json: TypeAlias = Annotated[
    str | None, typer.Option("--json", metavar="F|-", help="Write everything as JSON; - prints it instead of the summary.")
]
Markdown: TypeAlias = Annotated[Path | None, typer.Option("--md", metavar="F", help="Write Markdown.")]
Csv: TypeAlias = Annotated[Path | None, typer.Option("--csv", metavar="F", help="Write the findings as a table.")]
State: TypeAlias = Annotated[Path | None, typer.Option("--state", metavar="DIR", help="Keep scans here (also ITAUDIT_STATE).")]
Config: TypeAlias = Annotated[Path | None, typer.Option("--config", metavar="F", help="Use this itaudit.toml.")]


def say_written(paths: Iterable[Path]) -> None:
    """Which files there are now."""
    from itaudit.text import clean

    typer.echo("Written: " + ", ".join(clean(str(path)) for path in paths))


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where to write what. `json` may be "-" for standard output."""

    html: Path | None = None
    pdf: Path | None = None
    json: str | None = None
    markdown: Path | None = None
    csv: Path | None = None
    record: Path | None = None

    @property
    def to_standard_output(self) -> bool:
        return self.json == "-"

    def check(self) -> None:
        """Refuse at once what could not be written after a scan of two minutes. Raises UserError."""
        paths = [path for path, _ in self._wanted()] + ([self.record] if self.record else [])
        for path in paths:
            if not path.parent.is_dir():
                raise UserError(f"Cannot write {path}: {path.parent} is not a folder. Create it first.")
            if path.exists() and not path.is_file():
                raise UserError(f"Cannot write {path}: it is not a file. Give the name of a file.")
        places = [path.resolve() for path in paths]
        if twice := next((path for path, place in zip(paths, places, strict=True) if places.count(place) > 1), None):
            raise UserError(f"{twice} is named for two outputs. Give each a name of its own.")

    def write(self, assessment: Assessment) -> list[Path]:
        """Write what was asked for; returns the files. One that fails does not stop the others. Raises UserError at the end."""
        from itaudit.files import write_private

        written: list[Path] = []
        failed: list[str] = []
        if self.to_standard_output:
            typer.echo(_json(assessment).decode(), nl=False)
        for path, render in self._wanted():
            try:
                write_private(path, render(assessment))
                written.append(path)
            except UserError as error:
                failed.append(str(error))
        if failed:
            raise UserError(" ".join(failed))
        return written

    def _wanted(self) -> list[tuple[Path, Callable[[Assessment], bytes]]]:
        pairs: list[tuple[Path | None, Callable[[Assessment], bytes]]] = [
            (Path(self.json) if self.json and self.json != "-" else None, _json),
            (self.csv, _csv),
            (self.markdown, _markdown),
            (self.html, _html),
            (self.pdf, _pdf),
        ]
        return [(path, render) for path, render in pairs if path]


def _json(assessment: Assessment) -> bytes:
    from itaudit.document import assessment_to_json

    return assessment_to_json(assessment).encode()


def _csv(assessment: Assessment) -> bytes:
    from itaudit.reports.table import render_csv

    return render_csv(assessment).encode()


def _markdown(assessment: Assessment) -> bytes:
    from itaudit.reports.markdown import render_markdown

    return render_markdown(assessment).encode()


def _html(assessment: Assessment) -> bytes:
    from itaudit.reports.html import render_html

    return render_html(assessment).encode()


def _pdf(assessment: Assessment) -> bytes:
    from itaudit.reports.pdf import PdfUnavailable, render_pdf

    try:
        return render_pdf(assessment)
    except PdfUnavailable as error:
        raise UserError(str(error)) from error
