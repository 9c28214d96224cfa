"""Contracts at the desk: made, looked at, changed."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from encaisse.charge.models import Charge
from encaisse.kernel import clock
from encaisse.subscription.models import Event, Item, Subscription
from tests.desk.signed_in import signed_in
from tests.flows.stories import bill, seller
from tests.makers import make_account, make_offer, make_price, make_subscription

pytestmark = pytest.mark.django_db
MAY = ("manage_contracts", "bill")


@pytest.fixture(autouse=True)
def _on_the_10th_of_february():
    with clock.stopped_at(dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC)):
        yield


@pytest.fixture
def item(db: None) -> Item:
    """30.00 a month since 1 January, January and February billed."""
    offer = make_offer(code="FIBRE", name_fr="Fibre Pro", name_en="Fibre Pro")
    account = make_account(reference="B-1", legal_entity=seller())
    made = make_subscription(make_price(offer=offer), account=account, reference="K-1")
    bill(account.legal_entity, dt.date(2026, 2, 2))
    return made


@pytest.fixture
def client(item: Item) -> Client:
    return signed_in(*MAY)


@pytest.fixture
def send(client: Client, item: Item) -> Callable[..., str]:
    """Fill in the form of an event, and read the answer."""

    def fill_in(name: str, **said: str) -> str:
        address = reverse(f"desk:{name}_contract", args=[item.subscription_id])
        return client.post(address, said, follow=True).content.decode()

    return fill_in


def test_the_page_tells_the_story_and_what_comes_next(client, item: Item) -> None:
    page = client.get(reverse("desk:contract", args=[item.subscription_id])).content.decode()

    assert "Fibre Pro (FIBRE)" in page
    assert page.count("Fibre Pro") > 3
    assert 'value="30.00"' in page
    assert reverse("desk:terminate_contract", args=[item.subscription_id]) in page


def test_an_event_lists_its_charges_with_their_invoices(send, client, item: Item) -> None:
    send("change", do="confirm", on="2026-02-15", position="1", offer_id=str(item.offer_id), quantity="3")
    bill(item.account.legal_entity, dt.date(2026, 2, 16))

    page = client.get(reverse("desk:contract", args=[item.subscription_id])).content.decode()

    assert "Fibre Pro (14/28" in page
    assert 'value="-15.00"' in page
    assert 'value="45.00"' in page
    assert "F2026-000002" in page


def test_a_change_is_looked_at_first_and_leaves_nothing(send, item: Item) -> None:
    said = {"on": "2026-02-15", "position": "1", "offer_id": str(item.offer_id), "quantity": "3"}

    page = send("change", do="preview", **said)

    assert 'value="-15.00"' in page
    assert 'value="45.00"' in page
    assert Item.objects.count() == 1
    assert Charge.objects.count() == 2

    send("change", do="confirm", **said)
    assert [i.quantity for i in Item.objects.order_by("id")] == [1, 3]


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("add", {"on": "2026-03-01", "quantity": "2"}, "change"),
        ("give_up", {"on": "2026-03-01", "position": "1"}, "change"),
        ("reprice", {"on": "2026-03-01", "price_1": "33"}, "price"),
        ("suspend", {"on": "2026-03-01"}, "suspend"),
        ("terminate", {"on": "2026-02-28", "refund": "on"}, "terminate"),
        ("transfer", {"on": "2026-03-01", "account": "B-2"}, "transfer"),
    ],
)
def test_each_event_has_its_form(send, item: Item, name: str, said: dict[str, str], kind: str) -> None:
    make_account(reference="B-2", legal_entity=item.account.legal_entity)
    if name == "add":
        said = said | {"offer_id": str(make_price().offer_id)}

    assert "See what it changes" in send(name, do="preview", **said)
    assert not Event.objects.exists()
    send(name, do="confirm", **said)

    event = Event.objects.get()
    assert event.kind == kind
    assert event.effective_on == dt.date(2026, 3, 1)


def test_a_suspended_contract_is_resumed_and_a_term_renewed(send, item: Item) -> None:
    Subscription.objects.update(end_date=dt.date(2026, 7, 1), term_months=6)
    send("suspend", do="confirm", on="2026-03-01")
    send("resume", do="confirm", on="2026-03-15")
    send("renew", do="confirm", months="6")

    assert Subscription.objects.get().end_date == dt.date(2027, 1, 1)
    assert list(Event.objects.order_by("seq").values_list("kind", flat=True)) == [
        "suspend",
        "resume",
        "renew",
    ]


def test_a_refusal_stands_beside_its_field(send, item: Item) -> None:
    Subscription.objects.update(notice_days=30)

    page = send("reprice", do="preview", on="2026-03-01", price_1="33")

    assert "30 days after it is told" in page


def test_the_references_of_a_contract_are_its_own(client, item: Item) -> None:
    address = reverse("desk:refer_contract", args=[item.subscription_id])
    client.post(address, {"order_reference": "BC-7"})

    assert Subscription.objects.get().buyer_reference.order_reference == "BC-7"
    bill(item.account.legal_entity, dt.date(2026, 3, 2))
    assert Charge.objects.latest("id").buyer_reference.order_reference == "BC-7"


def contract_form(**said: str) -> dict[str, str]:
    lines = {"line-TOTAL_FORMS": "1", "line-INITIAL_FORMS": "0", "line-0-quantity": "2"}
    known = {"account": "B-1", "reference": "K-NEW", "start_date": "2026-02-10", "order_reference": "BC-9"}
    return lines | known | said


def test_a_contract_is_made_after_one_has_seen_what_it_costs(client, item: Item) -> None:
    said = contract_form(
        **{"line-0-offer_id": str(item.offer_id), "term_months": "12", "renewal": "automatic"}
    )
    address = reverse("desk:new_contract")

    seen = client.post(address, said | {"do": "preview"}).content.decode()
    assert 'value="60.00"' in seen
    assert Subscription.objects.count() == 1
    client.post(address, said | {"do": "confirm"})

    made = Subscription.objects.get(reference="K-NEW")
    assert (made.end_date, made.renewal) == (dt.date(2027, 2, 10), "automatic")
    assert made.buyer_reference.order_reference == "BC-9"
    assert made.items.get().quantity == Decimal(2)


def test_one_more_offer_is_asked_for_and_mistakes_are_said(client, item: Item) -> None:
    address = reverse("desk:new_contract")

    assert "line-1-quantity" in client.post(address, contract_form(do="more")).content.decode()
    wrong = contract_form(
        do="preview", account="NOBODY", **{"line-0-offer_id": str(item.offer_id), "line-0-quantity": "0"}
    )
    assert "No account or customer has this reference." in client.post(address, wrong).content.decode()
