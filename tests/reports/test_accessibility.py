"""axe-core finds nothing to object to, on a light and on a dark screen, with everything unfolded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itaudit.outcome import Assessment
from itaudit.reports.html import render_html

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,1400",
)

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
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver_path))
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
