"""The real server over a world of its own, one Chromium, and somebody signed in."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from selenium import webdriver

from encaisse.access.models import Role, User
from encaisse.access.operations import users as access
from encaisse.access.operations.users import Profile
from encaisse.access.queries.users import operator
from encaisse.billing.operations import discounts
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.import_customers import import_customers
from encaisse.flows.send_documents import send_documents
from encaisse.kernel.scope import Actor
from encaisse.party.models import Group
from encaisse.party.operations.categories import add_category
from encaisse.tax.models import Rule
from tests import cluster
from tests.desk import world as worlds
from tests.makers import MARCH, make_product, make_scope
from tools import look

FILE = "Code client;Raison sociale;Adresse 1;CP;Ville;Pays\nCLI900;Éloi;1, rue de la Paix;7500;Paris;Frnace\n"
EMAIL, PASSWORD = "ada@encaisse.example", "rien à deviner ici"
SETUP = Actor("command", None, "encaisse user create")
PATIENCE_S = 60


@dataclass
class Site:
    """Where the product answers, and the key of one row of each kind that its pages are about."""

    address: str
    keys: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def site(shared_database: str) -> Iterator[Site]:
    """The product served by its own server, over the world of the scope tests."""
    found = Site(f"http://127.0.0.1:{_free_port()}")
    _settle(found)
    server = _serve(found, shared_database)
    try:
        _wait_for(found, server)
        yield found
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def browser(site: Site) -> Iterator[webdriver.Chrome]:
    """A Chromium that stands before the log-in page. Without one the tests are skipped, or fail when demanded."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        message = "Chromium or its driver is not installed: apt-get install chromium chromium-driver"
        if os.environ.get("ENCAISSE_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    with look.browser() as driver:
        driver.get(site.address + "/login")
        yield driver


@pytest.fixture
def signed_in(site: Site, browser: webdriver.Chrome) -> webdriver.Chrome:
    """The browser on the dashboard, wide, light and French, with an empty console."""
    look.widen(browser, 1440)
    browser.get(site.address + "/login")
    look.prefer(browser, "light", "fr")
    browser.get(site.address + "/")
    if "/login" in browser.current_url:
        look.log_in(browser, site.address + "/login", EMAIL, PASSWORD)
    browser.get_log("browser")
    return browser


def _settle(site: Site) -> None:
    """The world exists, one invoice is rendered and sent, a file was refused, and somebody may do everything."""
    world = worlds.build()
    scope = operator("encaisse import")
    entity_id = world.entities[worlds.NORTH].pk
    order = {"legal_entity_id": entity_id, "scope": scope, "actor": scope.actor, "file_name": "clients.csv"}
    report = import_customers(io.BytesIO(FILE.encode()), **order)
    access.install_roles()
    access.create_user(Profile(EMAIL, "Ada", "admin", language="fr"), password=PASSWORD, actor=SETUP)
    issued = next(row for row in world.of("inv") if row.text.startswith("F"))
    send_documents(issued.id, issued.id)
    kinds = "dep dpt dmv dpp vru ba cus cyc ent off pay prc run sub try wh msg sch key upl job"
    site.keys = {kind: world.of(kind)[0].id for kind in kinds.split()}
    site.keys |= {
        "inv": issued.id,
        "usr": User.objects.get().pk,
        "rol": Role.objects.values_list("pk", flat=True)[0],
        "grp": Group.objects.values_list("pk", flat=True)[0],
        "txr": Rule.objects.values_list("pk", flat=True)[0],
        "cat": add_category(scope, code="association", name_fr="Association", name_en="Charity"),
        "imp": report.batch_id or 0,
        "le": entity_id,
    }
    site.keys |= _in_hand(site.keys["ba"])
    site.numbers = {"invoice": issued.text, "payment": world.of("pay")[0].text}


def _in_hand(account_id: int) -> dict[str, int]:
    """A draft by hand that can still be changed, and a discount that can still be ended."""
    scope = make_scope("bill")
    line = ManualLine(make_product().pk, "Conseil", Decimal(1), Decimal(100))
    draft = bill_by_hand(scope, account_id, [line], currency="EUR", issue_date=MARCH)
    said = {"percent": Decimal(5), "amount": None, "reason": "Fidélité", "period": (MARCH, None)}
    return {"draft": draft, "discount_id": discounts.grant(scope, account_id, **said)}


def _serve(site: Site, database: str) -> subprocess.Popen[bytes]:
    host, port = site.address.removeprefix("http://").split(":")
    asked = ["--interface", "wsgi", "--host", host, "--port", port, "--blocking-threads", "4", "--no-ws"]
    return subprocess.Popen(
        [sys.executable, "-m", "granian", *asked, "encaisse.config.wsgi:application"],
        env=os.environ | cluster.environment(database),
    )


def _wait_for(site: Site, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert server.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(site.address + "/health") as answer:  # noqa: S310 - our own server
                assert answer.status == 200
                return
        except urllib.error.URLError:
            time.sleep(0.05)
    pytest.fail("the server does not answer")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
