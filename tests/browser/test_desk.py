"""The desk as people meet it: every page without findings, and the journeys of a day by keyboard alone."""

import re
from pathlib import Path

import axe_core_python
import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from encaisse.desk.routes import Route
from encaisse.desk.urls import ROUTES
from encaisse.kernel.references import public_id
from tests.browser.conftest import EMAIL, PASSWORD, Site
from tools import look

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
FIND = """
const found = arguments[0], told = each => each.id + ': ' + each.nodes.map(node => node.target).join(' ');
axe.run({resultTypes: ['violations']})
   .then(result => found(result.violations.map(told)));
"""
# Colours that are still fading into one another would be judged as they never stay.
PAINT = """
document.documentElement.dataset.theme = arguments[0];
document.getAnimations().forEach(each => each.finish());
"""
PATIENCE_S = 20


def _head(page: Route) -> str:
    return page.address.partition("/")[0] or "dashboard"


# Files and pieces of pages, which nobody looks at by themselves.
NOT_PAGES = {
    "invoice_pdf", "invoice_page", "run_progress", "books_progress", "trial_progress", "import_refused",
    "upload_progress", "job_progress", "job_header", "palette", "job_file",
    "run_report_file", "usage_file", "vat_file", "cut_off_file", "pdfs", "template_file",
}  # fmt: skip
# Pages of something that the world does not hold under a reference.
NAMED = {"code": "411", "name": "customers"}
# What a page is asked for beside its address.
ASKED = {"chart_mapping": "?of=receivable:"}
PAGES = [
    each for each in ROUTES if "GET" in each.methods and each.name not in NOT_PAGES | {"login", "log_in_code"}
]
GROUPS = {
    head: [page for page in PAGES if _head(page) == head] for head in sorted({_head(page) for page in PAGES})
}

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("group", GROUPS)
def test_pages_are_sound_for_everybody(signed_in: webdriver.Chrome, site: Site, group) -> None:
    findings = {page.name: found for page in GROUPS[group] if (found := _findings(signed_in, site, page))}

    assert findings == {}
    assert _complaints(signed_in) == []


def test_pages_in_english_fit_a_phone_too(signed_in: webdriver.Chrome, site: Site) -> None:
    look.prefer(signed_in, "dark", "en")
    look.widen(signed_in, 360)

    wide = []
    for page in PAGES:
        signed_in.get(site.address + "/" + _address(page, site))
        _settled(signed_in)
        assert signed_in.execute_script("return document.documentElement.lang") == "en"
        if signed_in.execute_script("return document.documentElement.scrollWidth") != 360:
            wide.append(page.name)

    assert wide == []
    assert _complaints(signed_in) == []


@pytest.mark.parametrize("theme", look.THEMES)
def test_the_log_in_page_is_sound_for_everybody(browser: webdriver.Chrome, site: Site, theme) -> None:
    _log_out(browser, site)
    look.prefer(browser, theme, "fr")
    browser.get_log("browser")
    for width in look.WIDTHS:
        look.widen(browser, width)
        browser.get(site.address + "/login")
        browser.execute_script(AXE)
        assert browser.execute_async_script(FIND) == []
        assert browser.execute_script("return document.documentElement.scrollWidth") == width

    assert browser.get_log("browser") == []


def test_a_wrong_password_says_so_beside_the_form_and_keeps_what_was_typed(browser, site) -> None:
    _log_out(browser, site)
    look.widen(browser, 1440)
    look.prefer(browser, "light", "fr")
    browser.get(site.address + "/login")

    _type(browser, EMAIL, Keys.TAB, "pas le bon", Keys.ENTER)
    _until(browser, lambda page: page.find_elements(By.CSS_SELECTOR, "main [role=alert], main .errors"))

    assert browser.find_element(By.NAME, "email").get_attribute("value") == EMAIL
    assert browser.find_element(By.NAME, "password").get_attribute("value") == ""
    assert browser.switch_to.active_element.get_attribute("name") in ("email", "password")


def test_a_day_begins_by_keyboard_and_ends_at_the_pdf_of_an_invoice(browser, site) -> None:
    _log_out(browser, site)
    look.widen(browser, 1440)
    look.prefer(browser, "light", "fr")
    browser.get(site.address + "/invoices")

    assert "/login?next=/invoices" in browser.current_url
    _type(browser, EMAIL, Keys.TAB, PASSWORD, Keys.ENTER)
    _until(browser, lambda page: "/login" not in page.current_url)
    assert browser.find_element(By.TAG_NAME, "h1").text == "Factures"

    _tab_to(browser, lambda element: element.get_attribute("name") == "q" and _is_in_main(element))
    _type(browser, site.numbers["invoice"], Keys.ENTER)
    _until(browser, lambda page: "q=" in page.current_url)
    _settled(browser)
    assert len(browser.find_elements(By.CSS_SELECTOR, "main tbody tr")) == 1

    _tab_to(browser, lambda element: element.text == site.numbers["invoice"])
    _type(browser, Keys.ENTER)
    _until(browser, lambda page: public_id("inv", site.keys["inv"]) in page.current_url)
    assert site.numbers["invoice"] in browser.find_element(By.TAG_NAME, "h1").text

    link = _tab_to(browser, lambda element: "/pdf" in (element.get_attribute("href") or ""))
    assert _fetch(browser, link.get_attribute("href")) == [200, "application/pdf", "%PDF-"]


def test_the_first_tab_skips_to_the_content(signed_in: webdriver.Chrome) -> None:
    _type(signed_in, Keys.TAB)
    assert signed_in.switch_to.active_element.text == "Aller au contenu"

    _type(signed_in, Keys.ENTER)
    assert signed_in.switch_to.active_element.get_attribute("id") == "main"


def test_focus_can_always_be_seen(signed_in: webdriver.Chrome) -> None:
    unseen = []
    for _ in range(25):
        _type(signed_in, Keys.TAB)
        element = signed_in.switch_to.active_element
        style = signed_in.execute_script(
            "const s = getComputedStyle(arguments[0]); return [s.outlineStyle, s.outlineWidth, s.boxShadow]",
            element,
        )
        if (style[0] == "none" or style[1] == "0px") and style[2] == "none":
            unseen.append(element.get_attribute("outerHTML")[:80])

    assert unseen == []


def test_a_slash_searches_everything(signed_in: webdriver.Chrome, site: Site) -> None:
    _type(signed_in, "/")
    assert signed_in.switch_to.active_element.get_attribute("type") == "search"

    _type(signed_in, site.numbers["invoice"], Keys.ENTER)
    _until(signed_in, lambda page: "/search" in page.current_url)
    assert site.numbers["invoice"] in signed_in.find_element(By.TAG_NAME, "main").text


def test_the_palette_leads_anywhere_by_keyboard_alone(signed_in: webdriver.Chrome, site: Site) -> None:
    _press_control_k(signed_in)
    found = signed_in.find_element(By.ID, "palette-found")
    _until(signed_in, lambda page: found.find_elements(By.CSS_SELECTOR, "[aria-selected='true']"))
    _type(signed_in, "trial balance")
    _until(signed_in, lambda page: "Balance" in (_chosen(page) or ""))
    assert signed_in.execute_async_script(AXE + FIND) == []
    _type(signed_in, Keys.ENTER)
    _until(signed_in, lambda page: page.current_url.endswith("/ledger/balance"))

    _press_control_k(signed_in)
    _type(signed_in, site.numbers["invoice"])
    _until(signed_in, lambda page: site.numbers["invoice"] in (_chosen(page) or ""))
    _type(signed_in, Keys.ENTER)
    _until(signed_in, lambda page: "/invoices/inv_" in page.current_url)

    opener = signed_in.find_element(By.CSS_SELECTOR, "[data-opens='palette']")
    opener.click()
    _until(signed_in, lambda page: site.numbers["invoice"] in (_chosen(page) or ""))
    _type(signed_in, Keys.ESCAPE)
    assert not signed_in.find_element(By.ID, "palette").is_displayed()
    assert signed_in.switch_to.active_element == opener


def _press_control_k(page: webdriver.Chrome) -> None:
    ActionChains(page).key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).perform()


def _chosen(page: webdriver.Chrome) -> str | None:
    """What the palette's field says to be chosen, as a screen reader is told."""
    return page.execute_script(
        "const key = document.querySelector('#palette [role=combobox]').getAttribute('aria-activedescendant');"
        "return document.getElementById(key)?.textContent"
    )


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(signed_in: webdriver.Chrome) -> None:
    look.widen(signed_in, 360)
    menu = signed_in.find_element(By.ID, "navigation")
    assert not menu.is_displayed()

    _tab_to(signed_in, lambda element: element.get_attribute("popovertarget") == "navigation")
    _type(signed_in, Keys.ENTER)
    assert menu.is_displayed()

    _type(signed_in, Keys.ESCAPE)
    assert not menu.is_displayed()
    assert signed_in.switch_to.active_element.get_attribute("popovertarget") == "navigation"


def test_a_question_can_be_left_without_an_answer(signed_in: webdriver.Chrome, site: Site) -> None:
    address = f"{site.address}/invoices/{public_id('inv', site.keys['inv'])}"
    signed_in.get(address)
    _tab_to(signed_in, lambda element: element.text == "Annuler et remplacer")
    _type(signed_in, Keys.ENTER)
    dialog = signed_in.find_element(By.CSS_SELECTOR, "dialog:modal, [popover]:popover-open, dialog[open]")
    assert dialog.is_displayed()

    _type(signed_in, Keys.ESCAPE)
    assert not dialog.is_displayed()
    assert signed_in.current_url == address


def test_a_payment_is_recorded_by_keyboard(signed_in: webdriver.Chrome, site: Site) -> None:
    account = public_id("ba", site.keys["ba"])
    signed_in.get(f"{site.address}/payments/new?account={account}")

    _tab_to(signed_in, lambda element: element.get_attribute("name") == "amount")
    _type(signed_in, "12,34")
    _tab_to(signed_in, lambda element: element.get_attribute("name") == "reference")
    _type(signed_in, "VIR au clavier", Keys.ENTER)
    _until(signed_in, lambda page: "/payments/pay_" in page.current_url)

    page = signed_in.find_element(By.TAG_NAME, "main").text
    assert re.search(r"12,34\s€", page)
    assert "VIR au clavier" in page


def test_the_language_and_the_theme_are_kept(signed_in: webdriver.Chrome, site: Site) -> None:
    signed_in.find_element(By.CSS_SELECTOR, "[popovertarget=person]").click()
    signed_in.find_element(By.CSS_SELECTOR, "[data-theme-switch] [value=dark]").click()
    signed_in.get(site.address + "/customers")
    assert signed_in.execute_script("return document.documentElement.dataset.theme") == "dark"

    signed_in.find_element(By.CSS_SELECTOR, "[popovertarget=person]").click()
    signed_in.find_element(By.CSS_SELECTOR, "#person [name=language][value=en], #person [value=en]").click()
    _until(signed_in, lambda page: page.find_element(By.TAG_NAME, "h1").text == "Customers")


def test_who_has_logged_out_is_a_stranger(signed_in: webdriver.Chrome, site: Site) -> None:
    signed_in.find_element(By.CSS_SELECTOR, "[popovertarget=person]").click()
    signed_in.find_element(By.CSS_SELECTOR, "#person form[action$=logout] button").click()
    _until(signed_in, lambda page: "/login" in page.current_url)

    signed_in.get(site.address + "/customers")
    assert "/login?next=/customers" in signed_in.current_url


def _findings(browser: webdriver.Chrome, site: Site, page: Route) -> list[str]:
    """What axe-core finds on a page in each theme and width, and whether a line overflows."""
    browser.get(site.address + "/" + _address(page, site))
    _settled(browser)
    browser.execute_script(AXE)
    findings = [] if browser.find_element(By.TAG_NAME, "h1").text else ["no heading"]
    for theme in look.THEMES:
        browser.execute_script(PAINT, theme)
        for width in look.WIDTHS:
            look.widen(browser, width)
            findings += [f"{theme} {width} {each}" for each in browser.execute_async_script(FIND)]
            real = browser.execute_script("return document.documentElement.scrollWidth")
            findings += [f"{width} overflows: {real}"] if real != width else []
    return findings


def _complaints(browser: webdriver.Chrome) -> list[dict[str, object]]:
    """What the console says, but for a font that a slow machine had ready some seconds before it painted."""
    return [
        each for each in browser.get_log("browser") if "preloaded using link preload" not in each["message"]
    ]


def _address(page: Route, site: Site) -> str:
    def written(match: re.Match[str]) -> str:
        converter, _, name = match[1].partition(":")
        if converter == "int":
            return str(site.keys[name])
        return NAMED.get(name) or public_id(converter, keys[converter])

    keys = site.keys | ({"inv": site.keys["draft"]} if page.name == "edit_invoice" else {})
    return re.sub(r"<([^>]+)>", written, page.address) + ASKED.get(page.name, "")


def _log_out(browser: webdriver.Chrome, site: Site) -> None:
    browser.delete_all_cookies()
    browser.get(site.address + "/login")


def _settled(browser: webdriver.Chrome) -> None:
    """The page has its letters, and htmx is not waiting for an answer."""
    browser.execute_async_script("document.fonts.ready.then(() => arguments[0]())")
    _until(browser, lambda page: not page.find_elements(By.CSS_SELECTOR, ".htmx-request, .htmx-settling"))


def _until(browser: webdriver.Chrome, condition) -> None:
    """Wait for it; an element that goes with its page while it is read is looked for again in the next."""
    waiting = WebDriverWait(
        browser, PATIENCE_S, poll_frequency=0.05, ignored_exceptions=(StaleElementReferenceException,)
    )
    waiting.until(condition)


def _type(browser: webdriver.Chrome, *keys: str) -> None:
    webdriver.ActionChains(browser).send_keys(*keys).perform()


def _tab_to(browser: webdriver.Chrome, is_it):
    """Press the tabulator until the element has the focus; nobody presses it a hundred times."""
    for _ in range(100):
        _type(browser, Keys.TAB)
        element = browser.switch_to.active_element
        if is_it(element):
            return element
    pytest.fail("the keyboard does not reach it")


def _is_in_main(element) -> bool:
    return bool(element.find_elements(By.XPATH, "ancestor::main"))


def _fetch(browser: webdriver.Chrome, address: str) -> list[object]:
    return browser.execute_async_script(
        "fetch(arguments[0]).then(async r => arguments[1]([r.status, r.headers.get('content-type'),"
        " new TextDecoder().decode((await r.arrayBuffer()).slice(0, 5))]))",
        address,
    )
