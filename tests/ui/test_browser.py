"""The style page in Chromium: without findings of axe-core, without a line that overflows a phone."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import axe_core_python
import pytest
from django.core.wsgi import get_wsgi_application
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tools import look

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium is not installed"),
]


class Silent(WSGIRequestHandler):
    """Answers without a line in the log for each file."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the product, served by a thread."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Silent) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium(site: str) -> Iterator[webdriver.Chrome]:
    """One browser, already on the site so that cookies can be set."""
    with look.browser() as driver:
        driver.get(site + "/style")
        yield driver


@pytest.mark.parametrize("width", look.WIDTHS)
@pytest.mark.parametrize("theme", look.THEMES)
def test_axe_finds_nothing_and_nothing_overflows(site, chromium, width, theme) -> None:
    look.widen(chromium, width)
    look.prefer(chromium, theme, "fr")
    chromium.get(site + "/style")
    chromium.execute_script(AXE)

    found = chromium.execute_async_script("axe.run().then(arguments[0])")

    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []
    assert chromium.execute_script("return document.documentElement.scrollWidth") == width


def test_the_console_stays_silent(site, chromium) -> None:
    chromium.get_log("browser")
    chromium.get(site + "/style")

    assert chromium.get_log("browser") == []


def test_a_confirmation_is_modal_and_starts_on_the_harmless_button(site, chromium) -> None:
    look.widen(chromium, 1440)
    chromium.get(site + "/style")
    chromium.find_element(By.CSS_SELECTOR, "[popovertarget=cancel-run]").click()

    assert chromium.execute_script("return document.querySelector('#cancel-run').matches(':modal')")
    assert chromium.switch_to.active_element.text == "Ne rien changer"

    chromium.switch_to.active_element.click()
    assert not chromium.find_element(By.ID, "cancel-run").is_displayed()


def test_arrows_walk_the_rows_of_a_table(site, chromium) -> None:
    chromium.get(site + "/style")
    chromium.find_element(By.LINK_TEXT, "F2025-000412").send_keys(Keys.ARROW_DOWN)

    assert chromium.switch_to.active_element.text == "F2025-000411"


def test_the_theme_changes_without_loading_the_page(site, chromium) -> None:
    look.prefer(chromium, "light", "fr")
    chromium.get(site + "/style")
    chromium.find_element(By.CSS_SELECTOR, "[popovertarget=person]").click()
    chromium.find_element(By.CSS_SELECTOR, "[data-theme-switch] [value=dark]").click()

    assert chromium.execute_script("return document.documentElement.dataset.theme") == "dark"
    assert chromium.get_cookie("theme")["value"] == "dark"
