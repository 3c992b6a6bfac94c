"""Fixtures: headless Chromium with the pages of the sample shop, and axe-core."""

import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from werkzeug.serving import make_server

HEIGHT = 900
AXE = "axe-core-4.10.3"
INSTANTSEARCH = "instantsearch.js-4.118.1"

_FOCUS = """
const e = document.activeElement, before = window.lastFocused;
if (e === document.body) return null;
window.lastFocused = e;
const box = e.getBoundingClientRect(), style = getComputedStyle(e);
return {
  html: e.outerHTML.slice(0, 120),
  outline_px: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
  visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
        && box.right > 0 && box.left < innerWidth,
  in_order: !before || before === e
           || !!(before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING),
};
"""
_AXE = """
const callback = arguments[arguments.length - 1];
axe.run(document, {preload: false}).then(
  result => callback(result.violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html)])),
  error => callback([["critical", String(error), []]]));
"""
_HAS_NO_PICTURE_TO_LOAD = "return [...document.images].every(image => image.complete)"
_HAS_LOADED_NEXT = "return !window.isPreviousPage && document.readyState === 'complete'"


class Browser:
    """Headless Chromium that visits the pages of one site."""

    def __init__(self, chromium: str, driver: str, site: str) -> None:
        options = ChromeOptions()
        options.binary_location = chromium
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for switch in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage"):
            options.add_argument(switch)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        self._driver = Chrome(options=options, service=Service(driver))
        self._driver.set_page_load_timeout(120)
        self._driver.set_script_timeout(120)
        self.site = site

    def open(self, path: str, *, width: int = 1280, scheme: str = "light") -> None:
        """Open a page in a window of ``width`` CSS pixels; ``scheme`` is ``light`` or ``dark``."""
        size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        colours = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", colours)
        self._driver.get(self.site + path)

    @property
    def path(self) -> str:
        """Return the path and query of the current page."""
        return self._driver.current_url.removeprefix(self.site)

    @property
    def heading(self) -> str:
        """Return the page's first heading."""
        return self.find("h1").text

    @property
    def text(self) -> str:
        """Return the visible text of the page's main part."""
        return self.find("main").text

    def find(self, css: str) -> WebElement:
        """Return the first element that matches the selector."""
        return self._driver.find_element(By.CSS_SELECTOR, css)

    def click(self, css: str) -> None:
        """Click on an element of a page that replaces its elements as answers come."""

        def has_clicked() -> bool:
            self.find(css).click()
            return True

        self.wait_until(has_clicked)

    def follow(self, css: str) -> None:
        """Click on a link and wait for the next page."""
        with self._leaving():
            self.find(css).click()

    def submit(self, css: str, typed: str) -> None:
        """Type into a field, press enter and wait for the next page."""
        with self._leaving():
            self.find(css).send_keys(typed, Keys.ENTER)

    @contextmanager
    def _leaving(self) -> Iterator[None]:
        self._driver.execute_script("window.isPreviousPage = true")
        yield
        # While the pages change, the driver may have no document to run the script in.
        wait = WebDriverWait(self._driver, 120, ignored_exceptions=[WebDriverException])
        wait.until(lambda driver: driver.execute_script(_HAS_LOADED_NEXT))

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        """Wait until a claim about the page is true, while its elements come and go."""
        wait = WebDriverWait(self._driver, 60, ignored_exceptions=[WebDriverException])
        wait.until(lambda _: is_true())

    def texts(self, css: str) -> list[str]:
        """Return the visible texts of all elements that match the selector."""
        return [each.text for each in self._driver.find_elements(By.CSS_SELECTOR, css)]

    def type(self, *keys: str) -> None:
        """Press keys in the focused element."""
        self._driver.switch_to.active_element.send_keys(*keys)

    def console(self) -> list[str]:
        """Return what was written to the console since the last call."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self._driver.execute_script(width))

    def tab(self, max_stops: int) -> list[dict[str, Any]]:
        """Press the tab key up to ``max_stops`` times; return the elements that get the focus."""
        stops: list[dict[str, Any]] = []
        for _ in range(max_stops):
            self.type(Keys.TAB)
            stop = self._driver.execute_script(_FOCUS)
            if stop is None:
                break
            stops.append(stop)
        return stops

    def middle_of(self, css: str) -> str:
        """Return an image of the middle of an element, after all pictures have loaded or failed.

        Its edges are left out, since round corners show a trace of what is behind them.
        """
        wait = WebDriverWait(self._driver, 120)
        wait.until(lambda driver: driver.execute_script(_HAS_NO_PICTURE_TO_LOAD))
        box = self.find(css).rect
        middle = {"x": box["x"] + box["width"] / 4, "y": box["y"] + box["height"] / 4}
        size = {"width": box["width"] / 2, "height": box["height"] / 2, "scale": 1}
        shot = self._driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": middle | size})
        return str(shot["data"])

    def focused(self) -> str:
        """Return the id of the element that has the focus."""
        return str(self._driver.execute_script("return document.activeElement.id"))

    def faults(self, axe: str) -> list[list[Any]]:
        """Return the serious and critical faults of the page; ``axe`` is the code of axe-core."""
        self._driver.execute_script(axe)
        faults: list[list[Any]] = self._driver.execute_async_script(_AXE)
        return [fault for fault in faults if fault[0] in ("serious", "critical")]

    def quit(self) -> None:
        """Close the browser."""
        self._driver.quit()


def read_package(cache_dir: Path, package: str, file: str) -> str:
    """Return the text of a file of an npm package; npm downloads it at the first call.

    :param package: the name and the version, such as ``axe-core-4.10.3``.
    :raises OSError: if npm is not installed.
    :raises subprocess.CalledProcessError: if npm cannot download it.
    """
    folder = cache_dir / "npm"
    archive = folder / f"{package}.tgz"
    if not archive.is_file():
        folder.mkdir(exist_ok=True)
        name, _, version = package.rpartition("-")
        npm = shutil.which("npm") or "npm"
        command = [npm, "pack", "--silent", f"{name}@{version}", f"--pack-destination={folder}"]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
    with tarfile.open(archive) as packed:
        source = packed.extractfile(f"package/{file}")
        assert source is not None
        return source.read().decode()


def skip_unless_ci(reason: str) -> None:
    """Skip the test, or fail it under CI."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an application, and yield its origin."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def visiting(app: Flask) -> Iterator[Browser]:
    """Serve an application, and yield a browser that visits it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        skip_unless_ci("no Chromium with its chromedriver")
    with serving(app) as origin:
        browser = Browser(chromium, driver, origin)
        try:
            yield browser
        finally:
            browser.quit()


@pytest.fixture(scope="session")
def browser(coded_web: FlaskClient) -> Iterator[Browser]:
    """Yield a browser of the pages of the sample shop."""
    with visiting(coded_web.application) as browser:
        yield browser


@pytest.fixture(scope="session")
def serve() -> Callable[[Flask], AbstractContextManager[str]]:
    """Return a context manager that serves an application, and yields its origin."""
    return serving


@pytest.fixture(scope="session")
def visit() -> Callable[[Flask], AbstractContextManager[Browser]]:
    """Return a context manager that serves an application to a browser."""
    return visiting


def _package(cache_dir: Path, package: str, file: str) -> str:
    try:
        return read_package(cache_dir, package, file)
    except (OSError, subprocess.SubprocessError) as error:
        skip_unless_ci(f"no {package}: {error}")
        raise


@pytest.fixture(scope="session")
def axe(cache_dir: Path) -> str:
    return _package(cache_dir, AXE, "axe.min.js")


@pytest.fixture(scope="session")
def instantsearch_js(cache_dir: Path) -> str:
    return _package(cache_dir, INSTANTSEARCH, "dist/instantsearch.production.min.js")
