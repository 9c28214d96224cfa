"""Customers that come in under another code than the one they have: told, and never taken in silently."""

import io
from typing import Any

import pytest

from encaisse.flows.import_customers import import_customers
from encaisse.intake.operations import ImportReport
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, Customer, LegalEntity
from encaisse.party.rules.duplicates import Choice, Duplicates
from encaisse.party.rules.names import match_key
from tests.flows.files import census, csv
from tests.flows.test_import_customers import CLIENT, counts
from tests.makers import make_entity

pytestmark = pytest.mark.django_db
ACTOR = Actor("command", None, "")
SAME = CLIENT | {"Code client": "NEW", "Raison sociale": "ELOI ET FILS", "Ville": "Lyon", "CP": "69001"}


@pytest.fixture
def entity() -> LegalEntity:
    made = make_entity()
    bring(made, CLIENT)
    return made


def bring(entity: LegalEntity, *records: dict[str, str], **order: Any) -> ImportReport:
    source: io.BytesIO = csv(*records)
    return import_customers(source, legal_entity_id=entity.pk, file_name="c.csv", actor=ACTOR, **order)


@pytest.mark.parametrize(
    ("record", "by"),
    [
        (SAME, "siren"),
        (SAME | {"SIREN": "", "N° TVA": "FR44732829320"}, None),
        (CLIENT | {"Code client": "NEW", "SIREN": "", "Raison sociale": "ÉLOI  &  Fils"}, "name"),
        (CLIENT | {"Code client": "NEW", "SIREN": "552100554", "Raison sociale": "Éloi & Fils"}, "name"),
        (SAME | {"SIREN": "552100554"}, None),
    ],
)
def test_a_duplicate_is_refused_unless_something_else_is_chosen_and_told_with_its_match(entity, record, by):
    report = bring(entity, record)

    told = [(each.code, each.facts) for each in report.errors]
    expected = {"reference": "C1", "name": "Éloi & fils", "by": by}
    assert told == ([("duplicate_found", expected)] if by else [])
    assert Customer.objects.count() == (1 if by else 2)


def test_it_is_found_by_its_vat_number(entity):
    abroad = {"Pays": "Belgique", "CP": "1000", "SIREN": "", "N° TVA": "BE0403019261"}
    bring(entity, CLIENT | abroad | {"Code client": "B1", "Raison sociale": "Un"})

    report = bring(entity, CLIENT | abroad | {"Code client": "B2", "Raison sociale": "Deux"})

    assert [(each.column, each.facts["by"]) for each in report.errors] == [("N° TVA", "vat_number")]


def test_two_establishments_of_a_company_are_two_customers(entity):
    bring(entity, CLIENT | {"SIRET": "73282932000074"})

    other = bring(
        entity, SAME | {"SIRET": "73282932000017"}, CLIENT | {"Code client": "X", "SIRET": "73282932000074"}
    )

    assert [(each.record, each.facts["reference"]) for each in other.errors] == [(3, "C1")]


def test_updated_the_one_who_is_there_becomes_what_the_record_says_under_their_code(entity):
    report = bring(entity, SAME, duplicates=Duplicates(Choice.UPDATE))

    account = BillingAccount.objects.select_related("identity", "customer").get()
    assert (counts(report), report.warned) == ((0, 1, 0, 0), 1)
    assert (account.reference, account.customer.name, account.identity.city) == ("C1", "ELOI ET FILS", "Lyon")


def test_merged_only_what_is_empty_is_filled_in(entity):
    report = bring(
        entity, SAME | {"IBAN": "FR7630006000011234567890189"}, duplicates=Duplicates(Choice.MERGE)
    )

    account = BillingAccount.objects.select_related("identity", "customer").get()
    assert counts(report) == (0, 1, 0, 0)
    assert (account.customer.name, account.identity.city) == ("Éloi & fils", "Paris")
    assert account.iban == "FR7630006000011234567890189"


def test_passed_over_nothing_changes(entity):
    before = census("party")

    report = bring(entity, SAME, duplicates=Duplicates(Choice.SKIP))

    assert (counts(report), report.warned) == ((0, 0, 1, 0), 1)
    assert census("party") == before


def test_created_all_the_same_it_is_told(entity):
    report = bring(entity, SAME, duplicates=Duplicates(Choice.CREATE))

    assert (counts(report), report.warned) == ((1, 0, 0, 0), 1)
    assert report.warnings[0].code == "duplicate_found"


def test_each_record_may_have_a_choice_of_its_own(entity):
    records = [SAME, SAME | {"Code client": "N2"}, SAME | {"Code client": "N3"}]

    report = bring(entity, *records, duplicates=Duplicates(Choice.SKIP, {3: Choice.CREATE, 4: Choice.REFUSE}))

    assert counts(report) == (1, 0, 1, 1)
    assert set(Customer.objects.values_list("reference", flat=True)) == {"C1", "N2"}


def test_within_a_file_the_first_one_is_there_for_the_next_ones(entity):
    first = CLIENT | {"Code client": "A1", "SIREN": "552100554", "Raison sociale": "Un", "CP": "69001"}
    records = [
        first | {"Téléphone": ""},
        first | {"Code client": "A2", "Téléphone": "", "IBAN": "FR7630006000011234567890189"},
        first | {"Code client": "A3", "Téléphone": "09 00 00 00 00"},
    ]

    assert bring(entity, *records, dry_run=True).refused == 2
    report = bring(entity, *records, duplicates=Duplicates(Choice.MERGE))

    account = BillingAccount.objects.select_related("identity").get(reference="A1")
    assert counts(report) == (1, 2, 0, 0)
    assert (account.iban, account.identity.phone) == ("FR7630006000011234567890189", "09 00 00 00 00")


@pytest.mark.parametrize("choice", Choice)
def test_the_same_file_again_changes_nothing_whatever_was_chosen(entity, choice):
    file = [CLIENT, SAME]
    bring(entity, *file, duplicates=Duplicates(choice))
    before = census("party")

    again = bring(entity, *file, duplicates=Duplicates(choice))

    assert census("party") == before
    assert (again.created, again.updated) == (0, 0)


def test_customers_of_another_legal_entity_are_nobodys_duplicates(entity):
    assert counts(bring(make_entity(), SAME)) == (1, 0, 0, 0)


def test_a_name_alone_is_borne_by_many():
    assert match_key("Éloi", "", "75002", "Paris") == ""
    assert match_key("Éloi", "1, rue X", "75002", "Paris") == match_key("ELOI", "1 rue x", "75002", "PARIS")
