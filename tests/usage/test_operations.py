"""Events are told once, whoever tells them, how often, and in which company."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.errors import QuantityNegative
from encaisse.intake.errors import ControlCharacter, TooManyDecimals, ValueMissing
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused
from encaisse.usage.errors import (
    ContractUnknown,
    MemberMissing,
    MeterNotHeld,
    MomentWithoutZone,
    UsageContradicted,
)
from encaisse.usage.models import Event, Waiting
from encaisse.usage.operations import record
from tests.makers import CLERK, make_account, make_subscription
from tests.usage.stories import at, event, hold, make_meter, tell

pytestmark = pytest.mark.django_db


def test_an_event_is_stored_once_and_waits_to_be_rated() -> None:
    item = hold()
    told = event(item, "2026-01-17", "2.5", source="pbx", key="cdr-1", member="33612345678")

    assert record([told], actor=CLERK) == [Outcome.CREATED]

    stored = Event.objects.get()
    assert (stored.source, stored.key, stored.meter, stored.member) == ("pbx", "cdr-1", "sms", "33612345678")
    assert (stored.quantity, stored.occurred_at) == (Decimal("2.5"), at("2026-01-17"))
    assert stored.subscription_id == item.subscription_id
    assert Waiting.objects.get().event_id == stored.pk  # by the trigger event_waits


def test_told_again_it_is_unchanged_and_with_other_content_refused_naming_the_field() -> None:
    item = hold()
    told = event(item, "2026-01-17", "2.50")
    record([told], actor=CLERK)

    verdicts = record(
        [
            told,
            told._replace(quantity=Decimal("2.5"), occurred_at=told.occurred_at.astimezone(dt.UTC)),
            told._replace(quantity=Decimal(3)),
            told._replace(occurred_at=at("2026-01-18")),
            told._replace(member="Camille"),
            told._replace(contract="K0"),
            told._replace(source="other"),
        ],
        actor=CLERK,
    )

    assert verdicts == [
        Outcome.UNCHANGED,
        Outcome.UNCHANGED,
        Refused("quantity", UsageContradicted(field="quantity", known="2.5")),
        Refused("occurred_at", UsageContradicted(field="occurred_at", known="2026-01-17 11:00:00+00:00")),
        Refused("member", UsageContradicted(field="member", known="")),
        Refused("contract", UsageContradicted(field="contract", known=told.contract)),
        Outcome.CREATED,
    ]
    assert Event.objects.count() == 2


def test_the_same_key_twice_in_one_batch_is_one_event() -> None:
    told = event(hold(), "2026-01-17")

    verdicts = record([told, told, told._replace(quantity=Decimal(9))], actor=CLERK)

    contradicted = Refused("quantity", UsageContradicted(field="quantity", known="1"))
    assert verdicts == [Outcome.CREATED, Outcome.UNCHANGED, contradicted]
    assert Event.objects.count() == 1


def test_a_refusal_names_its_field_and_keeps_nobody_else_out() -> None:
    item = hold()
    good = event(item, "2026-01-17")
    on_the_17th = dt.date(2026, 1, 17)

    verdicts = record(
        [
            good._replace(key="a", contract="NOBODY"),
            good._replace(key="b", meter="data"),
            good._replace(key="c", occurred_at=dt.datetime(2026, 1, 17, 12)),  # noqa: DTZ001 -- what is refused
            good._replace(key="d", quantity=Decimal(-1)),
            good._replace(key="e", quantity=Decimal("0.0000001")),
            good._replace(key=""),
            good._replace(key="f\0"),
            good,
        ],
        actor=CLERK,
    )

    assert verdicts == [
        Refused("contract", ContractUnknown()),
        Refused("meter", MeterNotHeld(meter="data", day=on_the_17th)),
        Refused("occurred_at", MomentWithoutZone()),
        Refused("quantity", QuantityNegative(quantity=Decimal(-1))),
        Refused("quantity", TooManyDecimals(decimals=6)),
        Refused("key", ValueMissing()),
        Refused("key", ControlCharacter()),
        Outcome.CREATED,
    ]
    assert [stored.key for stored in Event.objects.all()] == [good.key]


def test_a_meter_is_held_from_the_first_local_instant_of_a_segment_to_its_last() -> None:
    item = hold(start_date=dt.date(2026, 1, 10))
    item.ends_on = dt.date(2026, 2, 1)
    item.save(update_fields=["ends_on"])
    instants = ["2026-01-09T23:59:59+01:00", "2026-01-09T23:00:00+00:00", "2026-01-31T22:59:59+00:00",
                "2026-01-31T23:00:00+00:00"]  # fmt: skip

    verdicts = record(
        [event(item, "2026-01-10", occurred_at=dt.datetime.fromisoformat(each)) for each in instants],
        actor=CLERK,
    )

    first, last = dt.date(2026, 1, 9), dt.date(2026, 2, 1)
    assert verdicts == [
        Refused("meter", MeterNotHeld(meter="sms", day=first)),
        Outcome.CREATED,
        Outcome.CREATED,
        Refused("meter", MeterNotHeld(meter="sms", day=last)),
    ]


def test_where_members_are_counted_an_event_names_one() -> None:
    item = hold(make_meter("seats", "unique"))

    assert tell(item, ("2026-01-17", "1")) == [Refused("member", MemberMissing())]
    assert tell(item, ("2026-01-17", "1"), member="ada") == [Outcome.CREATED]


def test_contracts_of_another_legal_entity_are_not_there() -> None:
    item, other = hold(), make_account()
    told = event(item, "2026-01-17")

    verdicts = record([told], actor=CLERK, legal_entity_id=other.legal_entity_id)

    assert verdicts == [Refused("contract", ContractUnknown())]


def test_what_is_no_meter_is_not_held() -> None:
    item = make_subscription()

    verdicts = record([event(item, "2026-01-17", meter="sms")], actor=CLERK)

    assert verdicts == [Refused("meter", MeterNotHeld(meter="sms", day=dt.date(2026, 1, 17)))]
