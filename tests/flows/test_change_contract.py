"""Stories of contracts, with amounts worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.models import OfferInclusion
from encaisse.charge.errors import BilledElsewhere
from encaisse.charge.models import Charge
from encaisse.flows import billing_cycle
from encaisse.flows.change_contract import (
    Renew,
    change_contract,
    preview_change,
    preview_start,
    renew_due,
    start_contract,
)
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from encaisse.subscription import errors
from encaisse.subscription.models import Event, Item, Subscription
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.operations.term import end_due
from encaisse.subscription.rules.changes import (
    Hold,
    Reprice,
    Resume,
    Suspend,
    Terminate,
    Terms,
    Transfer,
)
from tests.flows.stories import bill, seller
from tests.makers import CLERK, make_account, make_offer, make_price, make_scope, make_subscription

pytestmark = pytest.mark.django_db
SCOPE = make_scope("manage_contracts", "bill")
CALENDAR = {"alignment": "calendar", "name_fr": "Fibre Pro"}
EURO = "\N{NO-BREAK SPACE}€"


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def contract(start: str = "01-15", **fields) -> Item:
    """A contract of 30.00 a month of the calendar, in advance, since that day."""
    offer = make_offer(**CALENDAR | fields.pop("offer", {}))
    account = fields.pop("account", None) or make_account(legal_entity=seller())
    return make_subscription(make_price(offer=offer), account=account, start_date=day(start), **fields)


def charged(item: Item, cutoff: str) -> list[Charge]:
    """Every charge of the contract once it is billed until that day, in the order in which they were made."""
    bill(item.account.legal_entity, day(cutoff))
    return list(Charge.objects.filter(item__subscription=item.subscription_id).order_by("id"))


def change(item: Item, told) -> Event:
    return Event.objects.get(pk=change_contract(SCOPE, item.subscription_id, told).event_id)


def terms(item: Item, **changes) -> Terms:
    return Terms(item.offer_id, Decimal(1))._replace(**changes)


def told(charges) -> list[tuple]:
    return [(c.kind, c.period_from, c.period_to, c.quantity * c.unit_price) for c in charges]


def total(item: Item) -> Decimal:
    return sum(
        Charge.objects.filter(item__subscription=item.subscription_id).values_list("amount", flat=True)
    )


def test_a_contract_that_ends_on_10_february_gives_19_days_of_28_back() -> None:
    item = contract()
    charged(item, "02-02")

    event = change(item, Terminate(day("02-10")))

    (credit,) = Charge.objects.filter(kind="credit")
    assert (credit.quantity, credit.unit_price, credit.amount) == (
        -1,
        Decimal("20.357143"),
        Decimal("-20.357143"),
    )
    assert (credit.period_from, credit.period_to) == (day("02-10"), day("03-01"))
    assert credit.label == f"Fibre Pro (19/28 de 30,00{EURO})"
    assert total(item) == Decimal("16.451613") + Decimal("9.642857")
    assert (event.kind, event.facts) == ("terminate", {"refund": True})
    assert charged(item, "12-31")[-1] == credit


def test_an_end_that_was_known_from_the_beginning_costs_the_same() -> None:
    known, late = contract(), contract()
    change(known, Terminate(day("02-10")))
    charged(known, "12-31")
    charged(late, "12-31")

    change(late, Terminate(day("02-10")))

    assert total(known) == total(late) == Decimal("26.094470")
    assert not Charge.objects.filter(item=known, kind="credit").exists()


def test_without_refund_what_is_billed_stays_billed() -> None:
    item = contract()
    charged(item, "02-02")

    change(item, Terminate(day("02-10"), refund=False))

    assert len(charged(item, "12-31")) == 2


def test_in_arrears_nothing_is_given_back_and_the_last_days_are_charged() -> None:
    item = contract(offer={"timing": "arrears"})
    change(item, Terminate(day("02-10")))

    assert [c.unit_price for c in charged(item, "12-31")] == [Decimal("16.451613"), Decimal("9.642857")]


def test_a_change_of_quantity_credits_what_is_left_and_charges_it_anew() -> None:
    item = contract("01-01")
    charged(item, "02-02")

    event = change(item, Hold(day("02-15"), 1, terms(item, quantity=Decimal(3))))

    # 14 days of February are left: 30 × 14/28 = 15.00 back, 3 × 15.00 anew.
    assert told(charged(item, "03-02"))[2:] == [
        ("credit", day("02-15"), day("03-01"), -15),
        ("recurring", day("02-15"), day("03-01"), 45),
        ("recurring", day("03-01"), day("04-01"), 90),
    ]
    before, after = Item.objects.filter(subscription=item.subscription).order_by("id")
    assert (before.ends_on, before.closed_by, after.starts_on, after.opened_by) == (
        day("02-15"), event, day("02-15"), event,
    )  # fmt: skip
    assert (after.anchor_date, after.quantity) == (day("01-01"), 3)


def test_a_change_of_offer_keeps_the_anchor_of_the_31st() -> None:
    item = contract("01-31", offer={"alignment": "anniversary"})
    other = make_price(unit_price=Decimal(60)).offer
    charged(item, "02-01")

    change(item, Hold(day("02-14"), 1, Terms(other.pk, Decimal(1))))

    # 31 January to 28 February is 28 days, of which 14 are left.
    assert told(charged(item, "03-01"))[1:] == [
        ("credit", day("02-14"), day("02-28"), -15),
        ("recurring", day("02-14"), day("02-28"), 30),
        ("recurring", day("02-28"), day("03-31"), 60),
    ]


def test_a_period_is_cut_again_and_again_to_the_last_millionth() -> None:
    item = contract("01-01", offer={"period_count": 3})
    charged(item, "01-02")

    for position, on in enumerate(("03-07", "02-23", "02-22", "01-11"), 2):
        change(item, Hold(day(on), 1, terms(item, quantity=Decimal(position))))
        charged(item, "01-02")
    change(item, Terminate(day("01-02")))

    credits = Charge.objects.filter(kind="credit", item=item)
    assert sum(credit.unit_price for credit in credits) == 30 - Decimal("0.333333")
    assert total(item) == Decimal("0.333333")  # 30 × 1/90


def test_a_position_is_added_with_what_its_offer_includes_and_given_up_again() -> None:
    item = contract("01-01")
    package, line = make_price(unit_price=Decimal(10)).offer, make_price(unit_price=Decimal(2)).offer
    installation = make_price(unit_price=Decimal(80), offer=make_offer(kind="one_shot")).offer
    for position, (included, quantity) in enumerate(((line, 5), (installation, 1)), 1):
        OfferInclusion.objects.create(offer=package, included=included, position=position, quantity=quantity)

    change(item, Hold(day("02-01"), None, Terms(package.pk, Decimal(2))))

    new = Item.objects.exclude(pk=item.pk).order_by("position")
    held = [(i.position, i.offer_id, i.quantity, i.starts_on) for i in new]
    assert held == [
        (2, package.pk, 2, day("02-01")),
        (3, line.pk, 10, day("02-01")),
        (4, installation.pk, 2, day("02-01")),
    ]
    change(item, Hold(day("02-15"), 3, None))
    amounts = [c.amount for c in charged(item, "02-02")]
    assert amounts == [30, 30, 20, 10, 160]  # 5 lines of 2.00 for two packages, half of February


def test_what_was_owed_once_stays_owed() -> None:
    item = contract("01-01", offer={"kind": "one_shot"})

    change(item, Terminate(day("01-10")))

    assert [c.amount for c in charged(item, "12-31")] == [30]
    with pytest.raises(errors.NothingChanges):
        change(contract("01-01", offer={"kind": "one_shot"}), Hold(day("01-10"), 1, None))


def test_without_proration_a_change_costs_nothing_before_the_next_period() -> None:
    item = contract("01-01", offer={"proration": "none"})
    charged(item, "02-02")

    change(item, Hold(day("02-15"), 1, terms(item, quantity=Decimal(3))))
    change(item, Hold(day("02-20"), 1, terms(item, quantity=Decimal(4))))

    assert told(charged(item, "03-02"))[2:] == [("recurring", day("03-01"), day("04-01"), 120)]


def test_a_price_rises_after_its_notice() -> None:
    item = contract("01-01", notice_days=60)
    rise = Reprice(day("04-01"), {1: Decimal(33)})

    with clock.stopped_at(dt.datetime(2026, 2, 15, 12, tzinfo=dt.UTC)):
        with pytest.raises(errors.NoticeTooShort) as refusal:
            change(item, rise)
        assert refusal.value.earliest == day("04-16")
        change(item, rise._replace(at_once=True))
        change(item, Reprice(day("04-16"), {1: Decimal(36)}))
        change(item, Reprice(day("04-20"), {1: Decimal(35)}))  # a fall needs no notice

    assert [c.unit_price for c in charged(item, "03-02")] == [30] * 3
    assert [c.unit_price for c in charged(item, "04-21")][3:] == [
        Decimal("16.5"),
        Decimal("4.8"),
        Decimal("12.833333"),
    ]


def test_what_is_suspended_costs_nothing_until_it_is_resumed() -> None:
    item = contract("01-01")
    charged(item, "02-02")

    change(item, Suspend(day("02-15")))
    assert Subscription.objects.get().state == "suspended"
    assert told(charged(item, "04-02"))[2:] == [("credit", day("02-15"), day("03-01"), -15)]
    with pytest.raises(errors.ContractSuspended):
        change(item, Hold(day("03-01"), 1, terms(item, quantity=Decimal(2))))
    change(item, Resume(day("04-16")))

    assert Subscription.objects.get().state == "active"
    assert told(charged(item, "05-02"))[3:] == [
        ("recurring", day("04-16"), day("05-01"), 15),
        ("recurring", day("05-01"), day("06-01"), 30),
    ]
    with pytest.raises(errors.NotSuspended):
        change(item, Resume(day("05-01")))


def test_what_was_planned_comes_back_with_what_is_resumed() -> None:
    item = contract("01-01")
    change(item, Hold(day("03-01"), 1, terms(item, quantity=Decimal(2))))

    change(item, Suspend(day("02-01")))
    change(item, Resume(day("02-15")))

    assert [c.amount for c in charged(item, "03-02")] == [30, 15, 60]


def test_a_contract_goes_to_another_account_of_the_same_company() -> None:
    item = contract("01-01")
    charged(item, "02-02")
    other = make_account(legal_entity=item.account.legal_entity)

    event = change(item, Transfer(day("02-15"), other.pk))

    made = charged(item, "03-02")
    assert [(c.account_id, c.amount) for c in made] == [
        (item.account_id, 30), (item.account_id, 30), (item.account_id, -15), (other.pk, 15), (other.pk, 30),
    ]  # fmt: skip
    assert event.facts == {"from": item.account.reference, "to": other.reference}
    assert Subscription.objects.get().account == other


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"currency": "USD"}, "currency"), (None, "account")],
)
def test_a_transfer_that_crosses_a_border_is_refused(fields, reason: str) -> None:
    item = contract("01-01")
    entity = item.account.legal_entity
    other = make_account(legal_entity=entity, **fields) if fields else item.account

    with pytest.raises(errors.TransferRefused) as refusal:
        change(item, Transfer(day("02-15"), other.pk))

    assert refusal.value.reason == reason


def test_a_transfer_to_another_legal_entity_is_refused() -> None:
    with pytest.raises(errors.TransferRefused) as refusal:
        change(contract("01-01"), Transfer(day("02-15"), make_account().pk))

    assert refusal.value.reason == "legal_entity"


def test_an_event_before_another_rewrites_what_was_planned() -> None:
    item = contract("01-01")
    change(item, Hold(day("03-01"), 1, terms(item, quantity=Decimal(5))))

    change(item, Terminate(day("02-15")))

    assert [c.amount for c in charged(item, "12-31")] == [30, 15]
    planned = Item.objects.get(quantity=5)
    assert planned.starts_on == planned.ends_on == day("03-01")


def test_what_was_billed_elsewhere_is_not_given_back_here() -> None:
    item = contract("01-01", billed_through=day("04-01"))

    with pytest.raises(BilledElsewhere) as refusal:
        change(item, Terminate(day("03-15")))
    assert refusal.value.until == day("04-01")

    charged(item, "04-02")
    change(item, Terminate(day("04-16")))
    assert total(item) == 15


def test_nothing_is_given_back_of_charges_that_were_dropped() -> None:
    item = contract("01-01")
    run_id = bill(item.account.legal_entity, day("01-02"), issue=False)
    billing_cycle.cancel(run_id, actor=CLERK, drop=True)

    change(item, Terminate(day("01-10")))

    assert Charge.objects.get(item=item).amount == 30


def test_an_event_lists_the_charges_that_it_made() -> None:
    item = contract("01-01")
    charged(item, "02-02")
    event = change(item, Hold(day("02-15"), 1, terms(item, quantity=Decimal(3))))
    charged(item, "03-02")

    opened = (
        Charge.objects.filter(item__opened_by=event).exclude(kind="credit").values_list("amount", flat=True)
    )
    given = Charge.objects.filter(item__closed_by=event, kind="credit").values_list("amount", flat=True)

    assert (list(opened), list(given)) == ([45, 90], [-15])


def test_a_preview_says_it_all_and_leaves_nothing() -> None:
    item = contract("01-01")
    charged(item, "02-02")
    before = (Charge.objects.count(), Event.objects.count(), Item.objects.count())

    seen = preview_change(
        SCOPE,
        item.subscription_id,
        Hold(day("02-15"), 1, terms(item, quantity=Decimal(3))),
        horizon=day("04-02"),
    )

    assert [(c.period_from, c.net_minor) for c in seen.credits] == [(day("02-15"), -1500)]
    assert [(c.billable_on, c.net_minor) for c in seen.charges] == [
        (day("02-15"), 4500),
        (day("03-01"), 9000),
        (day("04-01"), 9000),
    ]
    assert (Charge.objects.count(), Event.objects.count(), Item.objects.count()) == before


def test_a_contract_begins_with_its_offers_its_term_and_its_first_event() -> None:
    account, price = make_account(), make_price()
    new = NewContract(
        "K-NEUF", account.pk, day("01-31"), [Terms(price.offer_id, Decimal(2))], term_months=1, notice_days=10
    )

    seen = preview_start(SCOPE, new, horizon=day("02-02"))
    key = start_contract(SCOPE, new)

    made = Subscription.objects.get(pk=key)
    assert (made.end_date, made.notice_days, made.renewal) == (day("02-28"), 10, "none")
    assert [(c.label, c.net_minor) for c in seen.charges] == [(price.offer.name_fr, 6000)]
    assert [(e.seq, e.kind, e.effective_on) for e in made.events.all()] == [(1, "start", day("01-31"))]
    with pytest.raises(errors.ReferenceTaken):
        start_contract(SCOPE, new)


def test_a_contract_holds_something_that_is_sold() -> None:
    account = make_account()
    price = make_price(offer=make_offer(discontinued_on=day("01-01")))
    new = NewContract("K-1", account.pk, day("01-31"), [])

    with pytest.raises(errors.NothingHeld):
        start_contract(SCOPE, new)
    with pytest.raises(errors.OfferNotSold):
        start_contract(SCOPE, new._replace(terms=[Terms(price.offer_id, Decimal(1))]))
    with pytest.raises(errors.EndsBeforeItStarts):
        start_contract(
            SCOPE, new._replace(terms=[Terms(make_price().offer_id, Decimal(1))], end_date=day("01-31"))
        )


def test_a_renewed_contract_goes_on_as_it_was() -> None:
    item = contract("01-31", offer={"alignment": "anniversary"}, end_date=day("02-28"), term_months=1)
    charged(item, "12-31")

    change(item, Renew())
    change(item, Renew(2))

    assert Subscription.objects.get().end_date == day("05-31")
    assert [c.amount for c in charged(item, "12-31")] == [30] * 4
    with pytest.raises(errors.NoEndToRenew):
        change(contract(), Renew())


@pytest.mark.parametrize(("today", "renewed"), [("02-17", 0), ("02-18", 1)])
def test_contracts_renew_by_themselves_when_their_notice_begins(today: str, renewed: int) -> None:
    contract("01-31", end_date=day("02-28"), term_months=1, notice_days=10, renewal="automatic")
    contract("01-31", end_date=day("02-28"), term_months=1)

    assert renew_due(day(today), actor=CLERK) == renewed
    assert renew_due(day(today), actor=CLERK) == 0

    assert sorted(Subscription.objects.values_list("end_date", flat=True))[-1] == day(
        "03-31" if renewed else "02-28"
    )


def test_a_contract_ends_once_its_end_has_come_and_everything_is_charged() -> None:
    item = contract("01-01", end_date=day("02-10"), offer={"timing": "arrears"})

    assert end_due(day("02-09"), actor=CLERK) == 0
    assert end_due(day("02-10"), actor=CLERK) == 0
    charged(item, "02-10")
    assert end_due(day("02-10"), actor=CLERK) == 1

    assert Subscription.objects.get().state == "ended"
    with pytest.raises(errors.ContractOver):
        change(item, Terminate(day("02-01")))


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        (Terminate(day("01-01")), errors.BeforeItStarts),
        (Suspend(day("01-01")), errors.BeforeItStarts),
        (Hold(dt.date(2025, 12, 31), 1, None), errors.BeforeItStarts),
        (Terminate(day("06-01")), errors.AfterItEnds),
        (Hold(day("02-01"), 9, None), errors.NothingChanges),
        (Resume(day("02-01")), errors.NotSuspended),
    ],
)
def test_what_cannot_happen_is_refused_with_its_reason(told, refusal) -> None:
    with pytest.raises(refusal):
        change(contract("01-01", end_date=day("06-01")), told)


def test_only_who_may_and_sees_the_contract_changes_it() -> None:
    item = contract("01-01")
    blind = make_scope("manage_contracts", level=Level.OWN)

    with pytest.raises(NotPermitted):
        change_contract(make_scope("bill"), item.subscription_id, Terminate(day("02-01")))
    with pytest.raises(NotFound):
        change_contract(blind, item.subscription_id, Terminate(day("02-01")))
