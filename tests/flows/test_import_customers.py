"""Customers come in from a file."""

import datetime as dt
import io
import json
import os
import signal
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from encaisse.adapters.tables import TableUnreadable
from encaisse.flows.import_customers import import_customers
from encaisse.intake import operations as intake
from encaisse.intake.errors import ColumnsMissing
from encaisse.intake.models import Batch, Row
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.models import BillingAccount, Customer, Identity, LegalEntity, Rep
from encaisse.party.rules.references import References
from tests.flows.files import SAMPLES, census, csv
from tests.makers import make_customer, make_entity

ACTOR = Actor("command", None, "")
CLIENT = {
    "Code client": "C1",
    "Raison sociale": "Éloi & fils",
    "SIREN": "732829320",
    "Adresse 1": "1, rue de la Paix",
    "CP": "75002",
    "Ville": "Paris",
    "Pays": "France",
    "Téléphone": "01 02 03 04 05",
    "E-mail facturation": "compta@eloi.example",
    "Échéance": "30 jours fin de mois le 10",
    "Mode de règlement": "Prélèvement SEPA",
    "Encours autorisé": "1 000,50",
    "Représentant": "Zoé Lefèvre",
    "Créé le": "17/10/2020",
    "Devise": "EUR",
}


@pytest.fixture
def entity(db: None) -> LegalEntity:
    return make_entity()


def bring(entity: LegalEntity, source: Path | io.BytesIO, **order: object) -> intake.ImportReport:
    return import_customers(source, legal_entity_id=entity.pk, file_name="clients.csv", actor=ACTOR, **order)


def counts(report: intake.ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.refused


def reasons(report: intake.ImportReport) -> list[tuple[str, str]]:
    return [(error.column, error.code) for error in report.errors]


def test_the_sample_brings_1984_customers_and_refuses_its_sixteen_faults(entity):
    faults = json.loads((SAMPLES / "faults.json").read_text(encoding="utf-8"))["faults"]

    report = bring(entity, SAMPLES / "clients.csv")

    assert counts(report) == (1984, 0, 0, 16)
    assert [(each.record, each.column) for each in report.errors] == [(f["row"], f["column"]) for f in faults]
    assert all(each.code for each in report.errors)
    assert (Customer.objects.count(), BillingAccount.objects.count(), Identity.objects.count()) == (
        1984,
        1984,
        1985,
    )
    assert Rep.objects.count() == 12
    batch = Batch.objects.get()
    assert (batch.state, batch.created_count, batch.refused_count, batch.encoding) == (
        "done",
        1984,
        16,
        "cp1252",
    )
    assert Row.objects.filter(batch=batch).count() == 2000
    assert Row.objects.filter(batch=batch, outcome="refused").count() == 16


def test_importing_the_sample_again_changes_nothing_and_neither_takes_a_statement_per_customer(entity):
    with CaptureQueriesContext(connection) as statements:
        bring(entity, SAMPLES / "clients.csv")
    assert len(statements) < 60
    before = census("party", "catalog", "subscription")

    assert counts(bring(entity, SAMPLES / "clients.csv")) == (0, 0, 1984, 16)
    assert census("party", "catalog", "subscription") == before


def test_a_dry_run_tells_the_same_and_writes_nothing(entity):
    before = census("party", "intake", "kernel")

    rehearsed = bring(entity, csv(CLIENT, CLIENT | {"Code client": ""}), dry_run=True)

    assert census("party", "intake", "kernel") == before
    assert rehearsed.batch_id is None
    assert rehearsed._replace(batch_id=0) == bring(
        entity, csv(CLIENT, CLIENT | {"Code client": ""})
    )._replace(batch_id=0)


def test_a_record_becomes_a_customer_with_everything_that_hangs_on_it(entity):
    bring(entity, csv(CLIENT))

    account = BillingAccount.objects.select_related("customer__rep", "identity").get()
    customer, identity = account.customer, account.identity
    assert (account.reference, account.key, account.legal_entity_id, account.currency) == (
        "C1",
        "",
        entity.pk,
        "EUR",
    )
    assert (account.terms_kind, account.terms_days, account.terms_day) == ("end_of_month_on_day", 30, 10)
    assert account.payment_method == "direct_debit"
    assert (customer.reference, customer.name, customer.sort_key) == ("C1", "Éloi & fils", "eloi & fils")
    assert (customer.credit_limit_minor, customer.since_date) == (100_050, dt.date(2020, 10, 17))
    assert (customer.rep.code, customer.rep.name) == ("zoe-lefevre", "Zoé Lefèvre")
    assert (identity.siren, identity.city, identity.country) == ("732829320", "Paris", "FR")
    assert list(account.recipients.values_list("channel", "address")) == [("email", "compta@eloi.example")]
    contact = customer.contacts.get()
    assert (contact.name, contact.email, contact.role) == ("Éloi & fils", "compta@eloi.example", "billing")
    row = Row.objects.get(pk=customer.intake_row_id)
    assert (row.number, row.outcome, row.record["Encours autorisé"]) == (2, "created", "1 000,50")


def test_a_changed_record_is_another_version_of_the_identity_on_the_same_account(entity):
    bring(entity, csv(CLIENT))
    before = BillingAccount.objects.get()

    report = bring(
        entity,
        csv(CLIENT | {"Ville": "Lyon", "CP": "69001", "E-mail facturation": "factures@eloi.example"}),
    )

    after = BillingAccount.objects.select_related("identity").get()
    assert counts(report) == (0, 1, 0, 0)
    assert after.pk == before.pk
    assert after.identity_id != before.identity_id
    assert (after.identity.city, Identity.objects.get(pk=before.identity_id).city) == ("Lyon", "Paris")
    assert list(after.recipients.values_list("address", flat=True)) == ["factures@eloi.example"]
    assert after.customer.contacts.get().email == "factures@eloi.example"
    assert Event.objects.filter(topic="customer.changed", first_id=after.customer_id).exists()


def test_a_change_that_is_not_of_identity_makes_no_version(entity):
    bring(entity, csv(CLIENT))
    identity_id = BillingAccount.objects.get().identity_id

    bring(
        entity,
        csv(CLIENT | {"Échéance": "À réception", "Représentant": "Zoe LEFEVRE", "Encours autorisé": ""}),
    )

    account = BillingAccount.objects.select_related("customer").get()
    assert (account.identity_id, account.terms_kind, account.terms_day) == (identity_id, "on_receipt", None)
    assert account.customer.credit_limit_minor is None
    assert Rep.objects.count() == 1


def test_columns_that_the_file_has_not_stay_as_they_are(entity):
    bring(entity, csv(CLIENT))
    few = {name: CLIENT[name] for name in ("Code client", "CP", "Ville", "Pays")}

    report = bring(entity, csv(few | {"Raison sociale": "Éloi SA"}))

    account = BillingAccount.objects.select_related("identity", "customer").get()
    assert counts(report) == (0, 1, 0, 0)
    assert (account.identity.name, account.identity.siren) == ("Éloi SA", "732829320")
    assert (account.terms_kind, account.customer.credit_limit_minor) == ("end_of_month_on_day", 100_050)
    assert account.recipients.count() == 1
    assert counts(
        bring(entity, csv({name: CLIENT[name] for name in few} | {"Raison sociale": "Éloi SA"}))
    ) == (
        0,
        0,
        1,
        0,
    )


def test_an_account_keeps_its_currency(entity):
    bring(entity, csv(CLIENT))

    report = bring(entity, csv(CLIENT | {"Devise": "MAD", "Raison sociale": "Autre"}))

    assert reasons(report) == [("Devise", "account_keeps_its_currency")]
    assert report.errors[0].facts == {"currency": "EUR"}
    assert Customer.objects.get().name == "Éloi & fils"


def test_an_account_keeps_its_legal_entity(entity):
    bring(entity, csv(CLIENT))

    assert reasons(bring(make_entity(), csv(CLIENT))) == [("Code client", "account_of_another_entity")]


def test_a_customer_without_an_account_of_that_reference_is_not_taken_over(entity):
    make_customer(reference="C1")

    assert reasons(bring(entity, csv(CLIENT))) == [("Code client", "reference_taken")]


def test_a_reference_is_taken_once_per_file_however_its_accents_are_written(entity):
    report = bring(entity, csv(CLIENT | {"Code client": "É1"}, CLIENT | {"Code client": "E\u03011"}))

    assert counts(report) == (1, 0, 0, 1)
    assert report.errors[0].facts == {"first_record": 2}


def test_a_dash_is_nobodys_name(entity):
    bring(entity, csv(CLIENT | {"Représentant": "—"}))

    assert Customer.objects.get().rep_id is None


def test_a_column_that_a_record_needs_and_the_file_has_not_is_named_by_its_heading(entity):
    report = bring(entity, csv({name: CLIENT[name] for name in CLIENT if name != "CP"}))

    assert reasons(report) == [("CP", "value_missing")]


def test_what_a_record_holds_is_text_and_never_more(entity):
    bring(entity, csv(CLIENT | {"Raison sociale": "=cmd|' /C calc'!A1", "Téléphone": "<script>"}))

    assert Customer.objects.get().name == "=cmd|' /C calc'!A1"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", TableUnreadable),
        (b"\x00\x01\x02", TableUnreadable),
        (b"Code client;Ville\nC1;Paris", ColumnsMissing),
        (b'Code client;Raison sociale;Ville;Pays\nC1;A;Paris;France\nC2;"A;Paris;France\n', TableUnreadable),
    ],
)
def test_a_file_that_is_no_table_of_customers_leaves_nothing(entity, content, refusal):
    before = census("party", "intake", "kernel")

    with pytest.raises(refusal):
        bring(entity, io.BytesIO(content))

    assert census("party", "intake", "kernel") == before


def test_only_who_sees_every_customer_of_the_legal_entity_may_import(entity):
    may = frozenset({"import"})
    for scope, refusal in (
        (Scope(ACTOR, Level.EVERYTHING), NotPermitted),
        (Scope(ACTOR, Level.OWN, rep_id=1, permissions=may), NotPermitted),
        (Scope(ACTOR, Level.EVERYTHING, entity_ids=frozenset({entity.pk + 1}), permissions=may), NotFound),
    ):
        with pytest.raises(refusal):
            bring(entity, csv(CLIENT), scope=scope)
    mine = Scope(ACTOR, Level.EVERYTHING, entity_ids=frozenset({entity.pk}), permissions=may)

    assert bring(entity, csv(CLIENT), scope=mine).created == 1


def test_a_legal_entity_that_does_not_exist_is_not_found(entity):
    with pytest.raises(NotFound):
        import_customers(csv(CLIENT), legal_entity_id=entity.pk + 1, file_name="x", actor=ACTOR)


def test_progress_is_told_slice_by_slice(entity):
    told = []

    bring(entity, SAMPLES / "clients.csv", progress=lambda *step: told.append(step))

    assert told == [("customers", 1000, 2000), ("customers", 2000, 2000)]


def test_an_import_killed_halfway_leaves_nothing_and_can_be_repeated(fresh_database):
    entity = make_entity()
    before = census("party", "intake", "kernel")
    connections.close_all()
    child = os.fork()
    if child == 0:
        bring(entity, SAMPLES / "clients.csv", progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    _, status = os.waitpid(child, 0)

    assert os.WTERMSIG(status) == signal.SIGKILL
    assert census("party", "intake", "kernel") == before
    assert bring(entity, SAMPLES / "clients.csv").created == 1984


def test_amounts_keep_every_decimal_of_their_currency(entity):
    bring(entity, csv(CLIENT | {"Devise": "TND", "Encours autorisé": "0,125"}))

    customer = Customer.objects.get()
    assert (customer.credit_limit_minor, customer.credit_currency) == (125, "TND")
    assert Decimal(customer.credit_limit_minor).scaleb(-3) == Decimal("0.125")


def test_references_come_in_change_and_go(entity):
    told = CLIENT | {"Bon de commande": "4500012345", "Marché": "2026-M-17", "Code service": "SRV-ACHATS"}
    bring(entity, csv(told | {"Référence exigée": "Bon de commande"}))
    account = BillingAccount.objects.select_related("buyer_reference").get()
    assert account.buyer_reference is not None
    assert account.buyer_reference.said == References("4500012345", "2026-M-17", "SRV-ACHATS")
    assert account.requires_reference == "order"

    report = bring(entity, csv(CLIENT | {"Bon de commande": "4500099999", "Référence exigée": ""}))

    assert counts(report) == (0, 1, 0, 0)
    account = BillingAccount.objects.select_related("buyer_reference").get()
    assert account.buyer_reference.said == References("4500099999", "2026-M-17", "SRV-ACHATS")
    assert account.requires_reference == ""
    assert counts(bring(entity, csv(CLIENT | {"Téléphone": "05 05 05 05 05"}))) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert account.buyer_reference.said.order_reference == "4500099999"


def test_a_reference_that_is_too_long_is_refused(entity):
    report = bring(entity, csv(CLIENT | {"Bon de commande": "4" * 51, "Référence exigée": "peut-être"}))

    assert reasons(report) == [("Bon de commande", "text_too_long"), ("Référence exigée", "choice_unknown")]


def test_instalments_come_in(entity):
    bring(entity, csv(CLIENT | {"Échéance": "30 % à réception, le solde à 30 jours fin de mois"}))

    account = BillingAccount.objects.get()
    assert (account.terms_kind, account.terms_plan) == ("instalments", "30 on_receipt, 70 end_of_month 30")


def test_terms_beyond_the_law_come_in_with_a_warning(entity):
    long = CLIENT | {"Échéance": "90 jours"}
    person = long | {"Code client": "C2", "Nature": "particulier", "SIREN": ""}
    abroad = long | {"Code client": "C3", "SIREN": "", "Pays": "Belgique", "CP": "1000"}
    short = CLIENT | {"Code client": "C4", "Échéance": "60 jours"}

    report = bring(
        entity, csv(long | {"Nature": ""}, person, abroad | {"Nature": ""}, short | {"Nature": ""})
    )

    assert counts(report) == (4, 0, 0, 0)
    assert report.warned == 1
    assert [(each.record, each.column, each.value, each.code) for each in report.warnings] == [
        (2, "Échéance", "90 jours", "terms_exceed_the_law")
    ]
    assert Batch.objects.get().warned_count == 1
    assert [row["code"] for row in Row.objects.get(number=2).warnings] == ["terms_exceed_the_law"]
    assert BillingAccount.objects.filter(terms_days=90).count() == 3
