"""Usage comes in from files."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from encaisse.flows.import_usage import import_usage
from encaisse.intake.models import Row
from encaisse.intake.operations import ImportReport
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.subscription.models import Item
from encaisse.usage.models import Event
from tests.flows.files import census, csv
from tests.makers import make_account
from tests.usage.stories import hold

pytestmark = pytest.mark.django_db
ACTOR = Actor("command", None, "")


def record(item: Item, **cells: str) -> dict[str, str]:
    """A record of one unit on the evening of 17 January."""
    usual = {
        "Clé": "CDR-1", "Contrat": item.subscription.reference, "Compteur": "sms",
        "Date et heure": "17/01/2026 20:15", "Quantité": "1",
    }  # fmt: skip
    return usual | cells


def bring(item: Item, *records: dict[str, str], **order: Any) -> ImportReport:
    entity = order.pop("legal_entity_id", item.account.legal_entity_id)
    return import_usage(csv(*records), legal_entity_id=entity, file_name="cdr.csv", actor=ACTOR, **order)


def test_a_record_is_an_event_in_the_time_zone_of_its_seller() -> None:
    item = hold()

    report = bring(item, record(item, Quantité="2,5", Utilisateur="ada", Source="PBX"))

    assert (report.created, report.refused) == (1, 0)
    event = Event.objects.get()
    assert (event.source, event.key, event.member, event.quantity) == ("PBX", "CDR-1", "ada", Decimal("2.5"))
    assert event.occurred_at == dt.datetime(2026, 1, 17, 19, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-17T20:15:30+01:00", "2026-01-17T19:15:30+00:00"),
        ("2026-01-17 20:15:30.5Z", "2026-01-17T20:15:30.500000+00:00"),
        ("17/01/2026 20h15", "2026-01-17T19:15:00+00:00"),
        ("17/07/2026 20:15", "2026-07-17T18:15:00+00:00"),
        ("17/01/2026", "2026-01-16T23:00:00+00:00"),
    ],
)
def test_moments_are_read_in_every_usual_manner(written, read) -> None:
    item = hold()

    bring(item, record(item, **{"Date et heure": written}))

    assert Event.objects.get().occurred_at.isoformat() == read


def test_a_bad_record_keeps_no_good_one_out_and_has_its_reasons() -> None:
    item = hold()
    report = bring(
        item,
        record(item),
        record(item, Clé="CDR-2", Compteur="data"),
        record(item, Clé="CDR-3", Contrat="K404"),
        record(item, Clé="CDR-4", Quantité="-1"),
        record(item, Clé="CDR-5", **{"Date et heure": "17/01/2026 25:00"}),
        record(item, Clé="CDR-6", **{"Date et heure": "25/10/2026 02:30"}),
        record(item, Clé="CDR-7", **{"Date et heure": "29/03/2026 02:30"}),
        record(item, Clé=""),
        record(item, Clé="CDR-8", **{"Date et heure": "31/12/2025 23:59"}),
        record(item, Quantité="2"),
    )

    assert (report.created, report.refused) == (1, 9)
    assert [(error.record, error.column, error.code) for error in report.errors] == [
        (3, "Compteur", "meter_not_held"),
        (4, "Contrat", "contract_unknown"),
        (5, "Quantité", "number_out_of_range"),
        (6, "Date et heure", "moment_invalid"),
        (7, "Date et heure", "moment_ambiguous"),
        (8, "Date et heure", "moment_ambiguous"),
        (9, "Clé", "value_missing"),
        (10, "Compteur", "meter_not_held"),
        (11, "Quantité", "usage_contradicted"),
    ]
    assert Event.objects.count() == 1


def test_the_same_file_again_changes_nothing_and_neither_does_a_rehearsal() -> None:
    item = hold()
    records = [record(item, Clé=f"CDR-{n}", Quantité=str(n)) for n in range(1_200)]
    rehearsed = bring(item, *records, dry_run=True)
    assert (rehearsed.batch_id, rehearsed.created, Event.objects.count()) == (None, 1_200, 0)

    bring(item, *records)
    before = census("usage")
    report = bring(item, *records)

    assert (report.created, report.unchanged, report.refused) == (0, 1_200, 0)
    assert census("usage") == before
    assert Row.objects.filter(outcome="created").count() == 1_200


def test_a_key_written_twice_in_a_file_is_one_event() -> None:
    item = hold()

    report = bring(item, record(item), record(item), told_by="pbx")

    assert (report.created, report.unchanged, report.refused) == (1, 1, 0)
    assert Event.objects.get().source == "pbx"


def test_contracts_of_another_legal_entity_are_not_there() -> None:
    item = hold()

    report = bring(item, record(item), legal_entity_id=make_account().legal_entity_id)

    assert [error.code for error in report.errors] == ["contract_unknown"]


def test_who_sees_only_some_customers_brings_no_usage() -> None:
    item = hold()
    scope = Scope(ACTOR, Level.OWN, permissions=frozenset({"import"}))

    with pytest.raises(NotPermitted):
        bring(item, record(item), scope=scope)
