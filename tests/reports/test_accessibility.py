"""In a browser: axe-core finds nothing to object to, light and dark, unfolded; narrow screens and paper can be read."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itaudit.outcome import Assessment
from itaudit.reports.html import render_html
from lab._ports import claimed_port

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # which is small in containers, and shared
    "--window-size=1100,1400",
)

PATIENCE_SECONDS = 200
pytestmark = pytest.mark.timeout(300)
RUN = "const done = arguments[arguments.length - 1]; axe.run().then(r => done(r), e => done({error: String(e)}));"


@pytest.fixture(scope="module")
def browser(needs: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium, driven by its own driver; it loads nothing but files of this test."""
    needs("selenium", module=True)
    program, driver_path = needs("chromium"), needs("chromedriver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    # A port of our own: the one that selenium finds free may be taken when its driver begins to listen.
    service = webdriver.ChromeService(executable_path=driver_path, port=claimed_port())
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_script_timeout(PATIENCE_SECONDS)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(assessment: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_html(assessment), encoding="utf-8")
    return path


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_no_violation(mode: str, browser: Any, page: Path, needs: Any) -> None:
    axe = Path(needs("axe_playwright_python", module=True)) / "axe.min.js"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": mode}]})
    browser.get(page.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[mode]
    browser.execute_script(axe.read_text(encoding="utf-8"))
    result = browser.execute_async_script(RUN)
    assert len(result["passes"]) > 20
    assert [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in result["violations"]] == []


@pytest.mark.parametrize("width", [360, 1100])
def test_nothing_sticks_out_sideways(width: int, browser: Any, hostile: Assessment, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(render_html(hostile), encoding="utf-8")
    sized = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sized)
    browser.get(path.as_uri())
    browser.execute_script("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def printed(browser: Any, path: Path, needs: Any, page: int) -> str:
    """The text of one sheet of A4."""
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.get(path.as_uri())
    answer = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    made = path.with_suffix(".pdf")
    made.write_bytes(base64.b64decode(answer["data"]))
    command = [needs("pdftotext", "poppler-utils"), "-f", str(page), "-l", str(page), str(made), "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode("utf-8")


@pytest.mark.parametrize("name", ["assessment", "hostile", "huge", "empty"])
def test_where_you_stand_is_one_sheet_of_paper(
    name: str, browser: Any, needs: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(request.getfixturevalue(name)), encoding="utf-8")
    assert "Where you stand" in printed(browser, path, needs, 1)
    assert printed(browser, path, needs, 2).startswith("Health by area")


def test_on_paper_what_page_one_cannot_hold_moves_on_together(
    wordy: Callable[[int], Assessment], browser: Any, needs: Any, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(wordy(300)), encoding="utf-8")
    sheet = printed(browser, path, needs, 2)
    for shown in ("What works well", "Decisions we need from you", "This is the first visit"):
        assert shown in sheet


@pytest.mark.parametrize("name", ["healthy", "unseen"])
def test_on_paper_no_sheet_is_taken_for_a_line_alone(
    name: str, browser: Any, needs: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(request.getfixturevalue(name)), encoding="utf-8")
    sheets = [printed(browser, path, needs, number) for number in (2, 3)]
    (sheet,) = (sheet for sheet in sheets if "What needs attention" in sheet)
    assert "Does the connection hold?" in sheet or "Risks you chose to live with" in sheet


def test_on_paper_a_chart_is_not_followed_by_its_table(browser: Any, page: Path, needs: Any) -> None:
    sheet = printed(browser, page, needs, 2)
    assert "Could we get your data back?" in sheet
    assert "Checks by question and result" not in sheet


@pytest.mark.parametrize(("width", "charts", "tables"), [(360, 0, 3), (1100, 3, 0)])
def test_a_narrow_screen_gets_tables_in_place_of_charts(width: int, charts: int, tables: int, browser: Any, page: Path) -> None:
    sized = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", sized)
    browser.get(page.as_uri())
    shown = "return [...document.querySelectorAll(arguments[0])].filter(e => e.getBoundingClientRect().height > 0).length"
    assert browser.execute_script(shown, "figure svg") == charts
    assert browser.execute_script(shown, "figure .narrow table") == tables
