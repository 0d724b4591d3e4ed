"""How long `itaudit --help` takes against a bare Typer application of as many commands, and an interpreter that does nothing.

    python -m bench.startup [runs]

The three take turns, so that whatever else the machine does slows them alike; the medians are compared.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 25
_LIKE_OURS = "rich_markup_mode=None, no_args_is_help=True"
_BARE = f'''
import typer

app = typer.Typer({_LIKE_OURS}, add_completion=False, pretty_exceptions_enable=False)
first, second = typer.Typer({_LIKE_OURS}, help="A group."), typer.Typer({_LIKE_OURS}, help="Another.")
app.add_typer(first, name="first")
app.add_typer(second, name="second")


def command(name: str = "", force: bool = False) -> None:
    """Do one thing."""


for name in ("one", "two", "three"):
    app.command(name)(command)
for group in (first, second):
    for name in ("four", "five"):
        group.command(name)(command)


@app.callback()
def root(version: bool = False) -> None:
    """An application."""


app()
'''


def seconds_of(argv: list[str]) -> float:
    """Wall seconds of one run, which must succeed."""
    started = time.perf_counter()
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - started


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    program = Path(sys.executable).with_name("itaudit")
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(_BARE)
        contenders = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "bare Typer --help": [sys.executable, os.fspath(bare), "--help"],
            "itaudit --help": [os.fspath(program), "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(runs + 1):
            for name, argv in contenders.items():
                seconds = seconds_of(argv)
                if turn:  # the first turn warms the caches
                    times[name].append(seconds)
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    for name, median in medians.items():
        print(f"{name:<20} {median * 1000:6.0f} ms   (fastest {min(times[name]) * 1000:.0f} ms, {runs} runs)")
    print(f"itaudit --help / bare Typer --help: {medians['itaudit --help'] / medians['bare Typer --help']:.2f}")


if __name__ == "__main__":
    main()
