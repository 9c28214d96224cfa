"""Customers of an imported file."""

import datetime as dt
import json
from pathlib import Path

import pytest

from encaisse.adapters.tables import Record
from encaisse.adapters.tabular import open_table
from encaisse.intake.rules import match_columns, read_rows
from encaisse.party.rules.records import CUSTOMER_COLUMNS, CustomerRow, read_customer
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms, TermsKind

SAMPLES = Path(__file__).parents[2] / "samples"
SOUND = {"Code client": "C1", "Raison sociale": "Éloi", "CP": "75011", "Ville": "Paris", "Pays": "France"}


@pytest.fixture(scope="module")
def sample():
    """Every record of the sample with its row or its errors, by number."""
    with (SAMPLES / "clients.csv").open("rb") as stream:
        table = open_table(stream)
        columns = match_columns(table.headings, CUSTOMER_COLUMNS)
        return {record.number: row for record, row in read_rows(table.records(), columns, read_customer)}


def read(**cells):
    cells = SOUND | cells
    return read_customer(Record(2, cells), match_columns(list(cells), CUSTOMER_COLUMNS))


def test_the_sixteen_faults_are_refused_and_nothing_else(sample):
    refused = [
        (error.record, error.column) for row in sample.values() if isinstance(row, list) for error in row
    ]
    faults = json.loads((SAMPLES / "faults.json").read_text(encoding="utf-8"))["faults"]

    assert len(sample) == 2000
    assert len(faults) == 16
    assert refused == [(fault["row"], fault["column"]) for fault in faults]


def test_each_fault_has_its_code(sample):
    codes = {number: row[0].code for number, row in sample.items() if isinstance(row, list)}

    assert codes == {
        535: "payment_terms_unknown", 557: "text_too_long", 601: "not_a_number", 704: "date_invalid",
        782: "payment_method_unknown", 838: "iban_invalid", 866: "value_missing", 934: "email_invalid",
        977: "value_missing", 1007: "siren_invalid", 1253: "vat_number_invalid", 1320: "country_unknown",
        1408: "reference_repeated", 1794: "unknown_currency", 1883: "postcode_invalid", 1914: "value_missing",
    }  # fmt: skip


def test_a_sound_record_becomes_a_customer(sample):
    assert sample[2] == CustomerRow(
        reference="C00001",
        name="Samson Jacques SARL",
        is_business=True,
        legal_form="SARL",
        siren="280340639",
        siret="",
        vat_number="FR16280340639",
        address_1="boulevard Lucy Roussel",
        address_2="ZA des Prés",
        postcode="29453",
        city="Labbé",
        country="FR",
        phone="+33 4 50 15 86 83",
        email="compta0@jacquet.example",
        payment_method=PaymentMethod.CHEQUE,
        iban="FR7610278854051378665092596",
        terms=PaymentTerms(TermsKind.ON_RECEIPT),
        credit_limit_minor=100_000,
        rep="Juliette Mace",
        since_date=dt.date(2020, 8, 30),
        currency="EUR",
        language="fr",
    )


def test_odd_but_right_records_are_kept_as_they_are(sample):
    assert sample[1960].name == '=HYPERLINK("x")'
    assert sample[1464].name == 'Dupont; "Fils" & Cie'
    assert (sample[1888].address_1, sample[1888].address_2) == ("12 rue Haute", "2e étage")


def test_credit_limits_follow_the_decimals_of_their_currency(sample):
    customers = [row for row in sample.values() if isinstance(row, CustomerRow)]

    for currency, units in (("XOF", 1), ("MAD", 100)):
        limits = {customer.credit_limit_minor for customer in customers if customer.currency == currency}
        assert limits == {1_000 * units, 2_500 * units, 10_000 * units, 50_000 * units}


def test_a_file_may_be_short_and_in_english():
    cells = {
        "Customer code": "C1", "Name": "Anna Berg", "City": "Berlin", "Country": "Germany",
        "Customer type": "individual", "Language": "English",
    }  # fmt: skip

    row = read_customer(Record(2, cells), match_columns(list(cells), CUSTOMER_COLUMNS))

    assert isinstance(row, CustomerRow)
    assert (row.country, row.is_business, row.language, row.currency) == ("DE", False, "en", "EUR")
    assert (row.terms, row.payment_method, row.credit_limit_minor, row.since_date) == (None, None, None, None)


def test_a_french_address_needs_its_postcode():
    assert [(error.column, error.code) for error in read(CP="")] == [("CP", "value_missing")]
    assert read(CP="", Pays="Sénégal").postcode == ""


def test_the_numbers_of_one_record_name_one_company():
    errors = read(**{"SIREN": "280340639", "SIRET": "73282932000074", "N° TVA": "FR44732829320"})

    assert [(error.column, error.code) for error in errors] == [
        ("SIRET", "siret_not_of_siren"),
        ("N° TVA", "vat_number_not_of_siren"),
    ]


def test_a_limit_finer_than_its_currency_is_refused():
    errors = read(**{"Encours autorisé": "10,5", "Devise": "XOF"})

    assert [(error.column, error.code) for error in errors] == [("Encours autorisé", "too_many_decimals")]
