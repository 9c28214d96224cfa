"""The pages of the API, and every example that they show."""

import re
import shlex
from typing import Any, Final

import httpx
import jsonschema_rs
import pytest
from django.urls import reverse

from encaisse.api.documentation import examples, guides
from encaisse.api.documentation.pages import GUIDES, described
from encaisse.api.documentation.reference import headings
from encaisse.config.wsgi import application
from encaisse.flows.install import install
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id
from encaisse.party.models import LegalEntity
from encaisse.payment.models import Payment
from encaisse.usage.models import Event
from tests.api.programs import Program, program
from tests.api.test_contract import operations
from tests.makers import make_account, make_offer, make_price, make_product, make_subscription

SITE: Final = "http://localhost"
HEADINGS: Final = headings(described(), SITE)
PAGES: Final = (
    reverse("api-pages:home"),
    reverse("api-pages:errors"),
    *(reverse("api-pages:guide", args=[name]) for name in GUIDES),
    *(reverse("api-pages:resource", args=[each.slug]) for each in HEADINGS),
)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_page_is_for_everybody_in_either_language_and_asks_no_other_host(client, language):
    client.cookies["django_language"] = language
    for address in PAGES:
        answer = client.get(address)
        page = answer.content.decode()

        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in page
        assert not re.search(r'(src|href)="(https?:)?//', page), address


def test_each_endpoint_stands_on_a_page_with_both_manners_of_calling_it(client):
    for heading in HEADINGS:
        page = client.get(reverse("api-pages:resource", args=[heading.slug])).content.decode()
        for each in heading.endpoints:
            assert f'id="{each.name}"' in page
            assert each.curl.startswith("curl ")
            compile(each.python, each.name, "exec")
    assert sum(len(heading.endpoints) for heading in HEADINGS) == len(operations())


def test_a_search_finds_endpoints_by_all_of_their_words(client):
    page = client.get("/api/docs", {"q": "credit whole part"}).content.decode()
    nothing = client.get("/api/docs", {"q": "dragon"}, headers={"Accept-Language": "en"}).content.decode()

    assert "credit_invoice_in_part_or_whole" in page
    assert "record_payment" not in page
    assert "No endpoint has all of these words." in nothing


def test_what_is_not_there_is_not_there(client):
    assert client.get("/api/docs/dragons").status_code == 404
    assert client.get("/api/docs/guides/dragons").status_code == 404


def test_each_body_shown_is_one_that_the_contract_takes():
    contract = described()
    bodies = {
        operation["operationId"]: operation["requestBody"]["content"]["application/json"]["schema"]
        for operation in operations().values()
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    }

    assert set(examples.BODIES) == set(bodies)
    for name, schema in bodies.items():
        whole = {**schema, "components": contract["components"]}
        jsonschema_rs.validator_for(whole).validate(examples.BODIES[name])


@pytest.mark.parametrize("manner", ["curl", "python"])
def test_the_morning_that_the_guides_tell_can_be_lived_through(manner, monkeypatch, fresh_database):
    caller, known = _world()
    told: dict[str, Any] = {}
    for name, shown in guides.calls(SITE).items():
        text = getattr(shown, manner)
        for example, reference in known.items():
            text = text.replace(example, reference)
        text = text.replace(examples.WORD, f"{examples.WORD}-{name}")
        status, told[name] = (_curl if manner == "curl" else _python)(text, caller, monkeypatch)
        assert status in (200, 201), (name, told[name])
        if name == "invoice":
            known[examples.INVOICE] = told[name]["invoice"]["id"]

    assert [each["name"] for each in told["same_customer"]["data"]] == [told["customer"]["name"]]
    assert [each["invoice_id"] for each in told["charges"]["data"]] == [known[examples.INVOICE]]
    assert told["issue"]["invoice"]["number"].startswith("TEST-F")
    assert Invoice.objects.get().settled_minor == Payment.objects.get().allocated_minor == 12_000
    assert [each["outcome"] for each in told["usage"]["outcomes"]] == ["created"]
    assert Event.objects.count() == 1


def _world() -> tuple[Program, dict[str, str]]:
    """A sandbox with an account and a contract that counts minutes, and what the examples stand for."""
    install()
    make_account()
    caller = program(mode="test")
    sandbox = LegalEntity.objects.get(sandbox_of__isnull=False)
    account = make_account(legal_entity=sandbox)
    offer = make_offer(kind="usage", meter="minutes", aggregation="sum", timing="arrears")
    make_subscription(make_price(offer=offer), account=account, reference="CTR-2026-042")
    product = make_product()
    return caller, {
        examples.ACCOUNT: public_id("ba", account.pk),
        examples.PRODUCT: public_id("prd", product.pk),
        examples.ENTITY: public_id("le", sandbox.pk),
    }


def _curl(text: str, caller: Program, _: Any) -> tuple[int, Any]:
    """What curl would send, sent."""
    words = shlex.split(text.replace("\\\n", " ").replace("$ENCAISSE_KEY", caller.secret))
    method, headers, data, address = "GET", {}, "", ""
    asked = iter(words[1:])
    for word in asked:
        if word == "-X":
            method = next(asked)
        elif word == "-H":
            name, _sep, value = next(asked).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(asked)
        else:
            address = word.removeprefix(SITE)
    kind = headers.pop("Content-Type", "application/json")
    answer = caller.client.generic(method, address, data, content_type=kind, headers=headers)
    return answer.status_code, answer.json()


def _python(text: str, caller: Program, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    """The program as it stands, over the product in this process."""
    monkeypatch.setenv("ENCAISSE_KEY", caller.secret)
    client = httpx.Client(transport=httpx.WSGITransport(application))
    for method in ("get", "post", "put"):
        monkeypatch.setattr(httpx, method, getattr(client, method))
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102 - the example itself
    return names["answer"].status_code, names["answer"].json()
