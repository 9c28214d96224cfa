"""Usage comes in from files."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from encaisse.flows.import_usage import import_usage
from encaisse.intake.models import Row
from encaisse.intake.operations import ImportReport
from encaisse.kernel import sql
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.subscription.models import Item
from encaisse.usage.models import Event
from tests.flows.files import SAMPLES, census, csv
from tests.makers import make_account, make_entity
from tests.usage.stories import hold, make_meter

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


def of(item: Item, **cells: str) -> dict[str, str]:
    """A record that names the customer, and no contract."""
    return record(item, Contrat="", Client=item.account.reference) | cells


def test_a_record_may_name_its_customer_when_one_contract_counts_the_meter() -> None:
    item = hold()
    hold(make_meter("data"), account=item.account)

    report = bring(
        item, of(item), of(item, Clé="CDR-2", Compteur="fax"), of(item, Clé="CDR-3", Client="C404")
    )

    assert [(each.column, each.code) for each in report.errors] == [
        ("Compteur", "meter_not_held"),
        ("Client", "customer_without_contract"),
    ]
    assert Event.objects.get().subscription_id == item.subscription_id


def test_a_record_of_a_customer_with_two_such_contracts_is_told_to_name_one_unless_it_was_told_before() -> (
    None
):
    item = hold()
    bring(item, of(item))
    other = hold(item.offer.prices.get(), account=item.account)

    report = bring(item, of(item), of(item, Clé="CDR-2"))

    assert report.unchanged == 1
    assert [(each.code, each.facts) for each in report.errors] == [
        ("contract_ambiguous", {"contracts": [item.subscription.reference, other.subscription.reference]})
    ]


def test_each_event_of_the_sample_is_told_once_and_its_repeated_key_is_refused() -> None:
    entity = make_entity()
    seed = {"count": 2_000, "legal_entity_id": entity.pk}
    sql.execute("bench", "seed_accounts", seed)
    offers = [make_meter(meter).offer_id for meter in ("calls", "gb", "letters")]
    sql.execute("bench", "seed_usage", seed | {"offers": offers, "day": dt.date(2026, 1, 1)})
    renamed = {"prefix": "C", "legal_entity_id": entity.pk}
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH n AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM party_billingaccount"
            "            WHERE legal_entity_id = %(legal_entity_id)s)"
            " UPDATE party_billingaccount a SET reference = %(prefix)s || lpad(n.place::text, 5, '0')"
            "   FROM n WHERE n.id = a.id",
            renamed,
        )

    told = {"legal_entity_id": entity.pk, "file_name": "usage.jsonl", "actor": ACTOR}
    report = import_usage(SAMPLES / "usage.jsonl", **told)
    again = import_usage(SAMPLES / "usage.jsonl", **told)

    assert (report.created, report.unchanged, report.refused) == (10_000, 0, 1)
    assert (again.created, again.unchanged, again.refused) == (0, 10_000, 1)
    assert [(each.record, each.code) for each in report.errors] == [(10_001, "usage_contradicted")]
    assert Event.objects.count() == Event.objects.values("key").distinct().count() == 10_000


def test_contracts_of_another_legal_entity_are_not_there() -> None:
    item = hold()

    report = bring(item, record(item), legal_entity_id=make_account().legal_entity_id)

    assert [error.code for error in report.errors] == ["contract_unknown"]


def test_who_sees_only_some_customers_brings_no_usage() -> None:
    item = hold()
    scope = Scope(ACTOR, Level.OWN, permissions=frozenset({"import"}))

    with pytest.raises(NotPermitted):
        bring(item, record(item), scope=scope)
