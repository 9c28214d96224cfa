"""Identifiers, places, terms and names."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.party import errors
from encaisse.party.rules.identifiers import (
    ElectronicAddress,
    electronic_address,
    is_vat_number_of,
    parse_bic,
    parse_email,
    parse_iban,
    parse_siren,
    parse_siret,
    parse_vat_number,
)
from encaisse.party.rules.names import sort_key
from encaisse.party.rules.places import parse_country, parse_postcode, territory
from encaisse.party.rules.terms import (
    PaymentMethod,
    PaymentTerms,
    TermsKind,
    due_date,
    parse_payment_method,
)
from encaisse.party.rules.terms_text import parse_payment_terms

ISSUED = dt.date(2026, 1, 20)


def test_identifiers_are_kept_without_their_separators():
    assert parse_siren("280 340 639") == "280340639"
    assert parse_siret("732 829 320 00074") == "73282932000074"
    assert parse_vat_number("FR 16 280 340 639") == "FR16280340639"
    assert parse_vat_number("gr 094259216") == "EL094259216"
    assert parse_iban("FR76 1027 8854 0513 7866 5092 596") == "FR7610278854051378665092596"
    assert parse_bic("agri frpp") == "AGRIFRPP"


@pytest.mark.parametrize(
    ("parse", "text", "refusal"),
    [
        (parse_siren, "123456789", errors.SirenInvalid),
        (parse_siren, "28034063", errors.SirenInvalid),
        (parse_siret, "73282932000075", errors.SiretInvalid),
        (parse_vat_number, "FR00111111111", errors.VatNumberInvalid),
        (parse_vat_number, "280340639", errors.VatNumberInvalid),
        (parse_vat_number, "DE123456789", errors.VatNumberInvalid),
        (parse_vat_number, "?", errors.VatNumberInvalid),
        (parse_iban, "FR7612345", errors.IbanInvalid),
        (parse_iban, "FR7610278854051378665092597", errors.IbanInvalid),
        (parse_bic, "AGRI", errors.BicInvalid),
    ],
)
def test_an_identifier_that_fails_its_check_is_refused(parse, text, refusal):
    with pytest.raises(refusal):
        parse(text)


def test_numbers_of_two_companies_are_refused_together():
    assert parse_siret("73282932000074", siren="732829320") == "73282932000074"
    with pytest.raises(errors.SiretNotOfSiren):
        parse_siret("73282932000074", siren="280340639")
    with pytest.raises(errors.VatNumberNotOfSiren):
        parse_vat_number("FR16280340639", siren="732829320")
    assert parse_vat_number("DE136695976", siren="732829320") == "DE136695976"


def test_a_vat_number_of_outside_the_union_is_kept_as_written():
    assert parse_vat_number("CHE-116.281.710") == "CHE116281710"


def test_a_vat_number_counts_in_its_own_country():
    assert is_vat_number_of("DE136695976", "DE")
    assert is_vat_number_of("EL094259216", "GR")
    assert not is_vat_number_of("FR16280340639", "DE")
    assert not is_vat_number_of("", "DE")
    assert not is_vat_number_of("CHE116281710", "CH")


@pytest.mark.parametrize("text", ["compta@jacquet.example", "a.b+c@x-y.example.fr", "a@équipe.example"])
def test_an_address_is_accepted(text):
    assert parse_email(f" {text} ") == text


@pytest.mark.parametrize(
    "text",
    [
        "compta@@x",
        "compta",
        "@x.fr",
        "a@x",
        "a b@x.fr",
        "a@x..fr",
        ".a@x.fr",
        "a..b@x.fr",
        "a@-x.fr",
        "é@x.fr",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(errors.EmailInvalid):
        parse_email(text)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("France", "FR"),
        ("FRANCE", "FR"),
        ("fr", "FR"),
        ("Maroc", "MA"),
        ("Morocco", "MA"),
        ("Côte d'Ivoire", "CI"),
        ("cote d’ivoire", "CI"),
        ("Sénégal", "SN"),
        ("Belgique", "BE"),
        ("België", "BE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("España", "ES"),
        ("Royaume-Uni", "GB"),
        ("UK", "GB"),
        ("La Réunion", "RE"),
        ("Réunion", "RE"),
        ("Guyane", "GF"),
        ("Monaco", "MC"),
        ("Tunisie", "TN"),
        ("États-Unis", "US"),
    ],
)
def test_a_country_is_known_by_its_code_and_by_its_names(written, code):
    assert parse_country(written) == code


@pytest.mark.parametrize("written", ["Frnace", "EU", "ZZ", "Union européenne", "?", ""])
def test_a_country_that_nobody_knows_is_refused(written):
    with pytest.raises(errors.CountryUnknown):
        parse_country(written)


def test_a_french_postcode_has_five_digits():
    assert parse_postcode("75 011", "FR") == "75011"
    assert parse_postcode("98000", "MC") == "98000"
    assert parse_postcode("1000", "BE") == "1000"
    for country in ("FR", "RE"):
        with pytest.raises(errors.PostcodeInvalid):
            parse_postcode("7500", country)


@pytest.mark.parametrize(
    ("country", "postcode", "place"),
    [
        ("FR", "75001", "FR"),
        ("FR", "20000", "FR"),
        ("FR", "97110", "GP"),
        ("FR", "97133", "BL"),
        ("FR", "97150", "MF"),
        ("FR", "97200", "MQ"),
        ("FR", "97300", "GF"),
        ("FR", "97490", "RE"),
        ("FR", "97600", "YT"),
        ("FR", "98000", "MC"),
        ("FR", "98800", "NC"),
        ("GF", "", "GF"),
        ("BE", "97300", "BE"),
    ],
)
def test_an_address_is_in_its_territory(country, postcode, place):
    assert territory(country, postcode) == place


@pytest.mark.parametrize(
    ("label", "terms", "due"),
    [
        ("À réception", PaymentTerms(TermsKind.ON_RECEIPT), dt.date(2026, 1, 20)),
        ("30 jours", PaymentTerms(TermsKind.NET_DAYS, 30), dt.date(2026, 2, 19)),
        ("60 jours nets", PaymentTerms(TermsKind.NET_DAYS, 60), dt.date(2026, 3, 21)),
        ("30 days end of month", PaymentTerms(TermsKind.END_OF_MONTH, 30), dt.date(2026, 2, 28)),
        ("45 jours fin de mois", PaymentTerms(TermsKind.END_OF_MONTH, 45), dt.date(2026, 3, 31)),
        ("Fin de mois", PaymentTerms(TermsKind.END_OF_MONTH, 0), dt.date(2026, 1, 31)),
        (
            "30 jours fin de mois le 10",
            PaymentTerms(TermsKind.END_OF_MONTH_ON_DAY, 30, 10),
            dt.date(2026, 3, 10),
        ),
        (
            "end of month on the 31st",
            PaymentTerms(TermsKind.END_OF_MONTH_ON_DAY, 0, 31),
            dt.date(2026, 2, 28),
        ),
    ],
)
def test_terms_are_read_and_give_their_due_date(label, terms, due):
    assert parse_payment_terms(label) == terms
    assert due_date(terms, ISSUED) == due


@pytest.mark.parametrize(
    "label",
    ["30 jours peut-être", "bientôt", "", "le 10", "30 jours le 10", "fin de mois le 32", "999 jours"],
)
def test_terms_that_name_no_date_are_refused(label):
    with pytest.raises(errors.PaymentTermsUnknown):
        parse_payment_terms(label)


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    st.sampled_from([kind for kind in TermsKind if kind != TermsKind.INSTALMENTS]),
    st.integers(0, 365),
    st.integers(1, 31),
)
def test_a_due_date_never_comes_before_the_days_are_over(issued, kind, days, day):
    terms = PaymentTerms(kind, days, day if kind == TermsKind.END_OF_MONTH_ON_DAY else None)
    due = due_date(terms, issued)

    assert 0 <= (due - issued).days - days <= 62
    if kind == TermsKind.END_OF_MONTH:
        assert (due + dt.timedelta(days=1)).day == 1
    if kind == TermsKind.END_OF_MONTH_ON_DAY:
        assert due.day == day or (due + dt.timedelta(days=1)).day == 1


def test_methods_are_known_by_their_labels():
    labels = ("Virement", "Chèque", "Prélèvement SEPA", "CB")

    assert [parse_payment_method(label) for label in labels] == list(PaymentMethod)
    with pytest.raises(errors.PaymentMethodUnknown):
        parse_payment_method("Troc")


def test_names_sort_as_a_french_reader_expects():
    names = ["Zola", "L'Élan", "Œuvres", "Odin", "lea", "Éric", "Le Goff", "Saint-Éloi", "Sainte"]

    assert sorted(names, key=sort_key) == [
        "Éric", "Le Goff", "lea", "L'Élan", "Odin", "Œuvres", "Sainte", "Saint-Éloi", "Zola",
    ]  # fmt: skip
    assert sort_key("  L’Été  Œuvré ") == "lete oeuvre"


def test_structured_invoices_go_by_siren_in_france_and_by_mail_elsewhere():
    mail = "a@x.example"

    assert electronic_address(country="FR", siren="280340639", email=mail) == ElectronicAddress(
        "0225", "280340639"
    )
    assert electronic_address(country="MA", siren="", email=mail) == ElectronicAddress("EM", mail)
    assert electronic_address(country="FR", siren="", email="") is None
