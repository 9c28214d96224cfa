"""A story of usage, from files to invoices, with amounts worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.charge.models import Charge, ChargeUsage
from encaisse.flows import books
from encaisse.flows.change_contract import change_contract
from encaisse.flows.import_usage import import_usage
from encaisse.insight.queries.usage import usage_by_period
from encaisse.invoice.models import Invoice, Line
from encaisse.subscription.models import Item
from encaisse.subscription.rules.changes import Resume, Suspend, Terminate
from encaisse.usage.models import Event, Waiting
from tests.flows.files import csv
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import make_account, make_price, make_scope
from tests.usage.stories import TIERS, hold, make_meter

pytestmark = pytest.mark.django_db
SCOPE = make_scope("manage_contracts", "bill")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def bring(item: Item, *used: tuple[str, str]) -> tuple[int, int]:
    """A file of what was used, moment and quantity; how many records came in, and how many were refused."""
    records = [
        {
            "Clé": f"{moment} {quantity}", "Contrat": item.subscription.reference, "Compteur": item.offer.meter,
            "Date et heure": moment, "Quantité": quantity,
        }
        for moment, quantity in used
    ]  # fmt: skip
    report = import_usage(
        csv(*records), legal_entity_id=item.account.legal_entity_id, file_name="cdr.csv", actor=ACTOR
    )
    return report.created, report.refused


def billed(item: Item, cutoff: str) -> list[tuple[dt.date, dt.date, Decimal, int]]:
    """The lines of the invoices that bill the account until that day: period, quantity, net in cents."""
    run_id = bill(item.account.legal_entity, day(cutoff))
    lines = Line.objects.filter(invoice__run_id=run_id).order_by("invoice", "position")
    return list(lines.values_list("period_from", "period_to", "quantity", "net_minor"))


def contract(**fields: object) -> Item:
    return hold(account=make_account(legal_entity=seller()), **fields)


def test_usage_goes_from_its_file_to_its_invoice_and_late_usage_to_the_next() -> None:
    item = contract(price=make_meter(tiers=TIERS, name_fr="Appels"))
    # The last call of January is late in Paris, and one of February in London.
    assert bring(item, ("05/01/2026 09:00", "1000"), ("2026-01-31T23:59:59+01:00", "200")) == (2, 0)
    assert bring(item, ("2026-01-31T23:00:00+00:00", "40")) == (1, 0)

    january = billed(item, "02-01")

    # 100 × 0.50 + 900 × 0.40 + 200 × 0.30 = 50.00 + 360.00 + 60.00 = 470.00, and 94.00 of VAT.
    first = (day("01-01"), day("02-01"))
    assert january == [(*first, 100, 5000), (*first, 900, 36000), (*first, 200, 6000)]
    invoice = Invoice.objects.get()
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (47000, 9400, 56400)
    labels = Line.objects.order_by("position").values_list("label", flat=True)
    assert labels[0] == "Appels (jusqu’à 100)"

    bring(item, ("20/01/2026 10:00", "50"))
    february = billed(item, "03-01")

    # 50 more of January go on in its last tier: 15.00; 40 of February begin in the first: 20.00.
    second = (day("02-01"), day("03-01"))
    assert february == [(*first, 50, 1500), (*second, 40, 2000)]
    assert billed(item, "04-01") == []
    assert not Waiting.objects.exists()
    assert ChargeUsage.objects.count() == Event.objects.count() == 4
    assert list(books.check()) == []


def test_a_price_that_changes_in_the_middle_of_a_month_is_bound_by_the_second() -> None:
    price = make_meter(unit_price=Decimal("0.10"))
    make_price(offer=price.offer, unit_price=Decimal("0.15"), valid_from=day("01-16"))
    item = contract(price=price)
    bring(item, ("2026-01-15T23:59:59+01:00", "100"), ("2026-01-16T00:00:00+01:00", "100"))

    assert billed(item, "02-01") == [
        (day("01-01"), day("01-16"), 100, 1000),
        (day("01-16"), day("02-01"), 100, 1500),
    ]

    # A late event of the first half of January still has the old price.
    bring(item, ("02/01/2026 08:00", "10"))
    assert billed(item, "03-01") == [(day("01-01"), day("01-16"), 10, 100)]


def test_a_suspension_cuts_the_period_and_its_minimum_and_refuses_what_is_used_meanwhile() -> None:
    price = make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(31), alignment="calendar")
    item = contract(price=price)
    change_contract(SCOPE, item.subscription_id, Suspend(day("01-11")))
    change_contract(SCOPE, item.subscription_id, Resume(day("01-21")))

    assert bring(item, ("05/01/2026", "10"), ("15/01/2026", "10"), ("25/01/2026", "100")) == (2, 1)

    # 1 to 10 January: minimum 10.00, used 3.50, 6.50 more. 21 to 31 January: minimum 11.00, used 35.00.
    assert billed(item, "02-01") == [
        (day("01-01"), day("01-11"), 10, 350),
        (day("01-01"), day("01-11"), 1, 650),
        (day("01-21"), day("02-01"), 100, 3500),
    ]
    labels = Charge.objects.filter(kind="minimum").values_list("label", flat=True)
    assert list(labels) == [
        f"{item.offer.name_fr}, complément au minimum de 10,00\N{NO-BREAK SPACE}€ "
        "(10/31 de 31,00\N{NO-BREAK SPACE}€)"
    ]


def test_a_suspension_told_after_its_period_was_billed_asks_for_no_second_minimum() -> None:
    price = make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(31), alignment="calendar")
    item = contract(price=price)
    bring(item, ("05/01/2026", "10"))
    whole = (day("01-01"), day("02-01"))
    assert billed(item, "02-01") == [(*whole, 10, 350), (*whole, 1, 2750)]

    change_contract(SCOPE, item.subscription_id, Suspend(day("01-11")))
    change_contract(SCOPE, item.subscription_id, Resume(day("01-21")))

    assert billed(item, "02-02") == []
    assert list(books.check()) == []


def test_what_was_used_until_a_contract_ended_is_billed_after_it_even_late() -> None:
    price = make_meter(unit_price=Decimal(1), period_minimum=Decimal(28))
    item = contract(price=price)
    bring(item, ("10/01/2026", "40"), ("09/02/2026", "5"))
    change_contract(SCOPE, item.subscription_id, Terminate(day("02-10")))

    # Ended on 10 February, exclusive: minimum 9/28 of 28.00 = 9.00, used 5.00, 4.00 more.
    last = (day("02-01"), day("02-10"))
    assert billed(item, "02-10") == [
        (day("01-01"), day("02-01"), 40, 4000),
        (*last, 5, 500),
        (*last, 1, 400),
    ]

    # 3.00 more were used on 8 February: the minimum gives them back, so that nothing is owed.
    assert bring(item, ("08/02/2026", "3"), ("10/02/2026", "1")) == (1, 1)
    assert sorted(net for *_, net in billed(item, "03-01")) == [-300, 300]
    assert Charge.objects.filter(kind="credit").get().quantity == -1
    assert list(books.check()) == []


def test_an_account_without_a_price_is_set_aside_and_billed_once_it_has_one() -> None:
    price = make_meter(valid_from=day("02-01"))
    item = contract(price=price)
    bring(item, ("05/01/2026", "10"))

    assert billed(item, "02-01") == []
    make_price(offer=price.offer, unit_price=Decimal(1), valid_from=day("01-01"))

    assert billed(item, "02-01") == [(day("01-01"), day("02-01"), 10, 1000)]


def test_a_contract_tells_what_it_used_by_period_and_what_that_cost() -> None:
    item = contract(price=make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(100)))
    bring(item, ("05/01/2026", "107"), ("06/02/2026", "3"), ("07/02/2026", "4"))
    billed(item, "02-01")

    waiting, january = usage_by_period(SCOPE, item.subscription_id)

    assert (waiting.meter, waiting.period_from, waiting.times, waiting.quantity) == ("sms", None, 2, 7)
    assert (january.times, january.quantity, january.amount_minor) == (1, 107, 10000)
    assert (january.period_from, january.period_to) == (day("01-01"), day("02-01"))
