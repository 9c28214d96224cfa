"""Take screenshots of pages as people see them: wide and narrow, light and dark, in French and English.

    python tools/look.py http://127.0.0.1:8000 /style / /invoices --user ada --password …

Files land in `look/`, one per page and manner. The server must be running.
"""

import argparse
import base64
import itertools
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

WIDTHS = (1440, 360)
THEMES = ("light", "dark")
LANGUAGES = ("fr", "en")
PATIENCE_SECONDS = 20
TALLEST = 12_000
QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@contextmanager
def browser() -> Iterator[webdriver.Chrome]:
    """A Chromium with a profile of its own, gone afterwards."""
    options = webdriver.ChromeOptions()
    for argument in QUIET:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    service = webdriver.ChromeService(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver"))
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(options, service)
        try:
            yield driver
        finally:
            driver.quit()


def widen(driver: webdriver.Chrome, width: int, height: int = 900) -> None:
    """Give the page exactly this width; a window of headless Chromium cannot be as narrow as a phone."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def prefer(driver: webdriver.Chrome, theme: str, language: str) -> None:
    """Choose theme and language by their cookies; the driver must already be on the site."""
    driver.add_cookie({"name": "theme", "value": theme})
    driver.add_cookie({"name": "django_language", "value": language})


def log_in(driver: webdriver.Chrome, address: str, user: str, password: str) -> None:
    """Fill the log-in form and wait until it is gone."""
    driver.get(address)
    secret = driver.find_element(By.CSS_SELECTOR, "main input[type=password]")
    name = driver.find_element(By.CSS_SELECTOR, "main input:not([type=hidden], [type=password])")
    name.send_keys(user)
    secret.send_keys(password)
    secret.submit()
    WebDriverWait(driver, PATIENCE_SECONDS).until(
        lambda page: not page.find_elements(By.CSS_SELECTOR, "main input[type=password]")
    )


def shoot(driver: webdriver.Chrome, path: Path) -> None:
    """Save the whole page, however long."""
    driver.execute_async_script("document.fonts.ready.then(() => arguments[0]())")
    size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], TALLEST), "scale": 1}
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
    path.write_bytes(base64.b64decode(shot["data"]))


def slug(address: str) -> str:
    """The page's name in a file name."""
    return re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-") or "home"


def main() -> None:
    """Parse the command line, then visit each page in each manner."""
    parser = argparse.ArgumentParser(description="Take screenshots of pages.")
    parser.add_argument("site", help="where the product answers, such as http://127.0.0.1:8000")
    parser.add_argument("pages", nargs="+", help="addresses on it, such as /style")
    parser.add_argument("--user")
    parser.add_argument("--password", default=os.environ.get("LOOK_PASSWORD", ""))
    parser.add_argument("--login", default="/login", help="the address of the log-in form")
    parser.add_argument("--into", type=Path, default=Path("look"))
    asked = parser.parse_args()
    asked.into.mkdir(parents=True, exist_ok=True)
    with browser() as driver:
        driver.get(asked.site + "/style")
        if asked.user:
            log_in(driver, asked.site + asked.login, asked.user, asked.password)
        for page, language, width, theme in itertools.product(asked.pages, LANGUAGES, WIDTHS, THEMES):
            widen(driver, width)
            prefer(driver, theme, language)
            driver.get(asked.site + page)
            path = asked.into / f"{slug(page)}-{width}-{theme}-{language}.png"
            shoot(driver, path)
            print(path)


if __name__ == "__main__":
    main()
