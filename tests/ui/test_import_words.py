"""Every refusal of an imported file has its words."""

import inspect

import pytest
from django.utils import translation

from encaisse.adapters import tables
from encaisse.catalog import errors as catalog
from encaisse.intake import errors as intake
from encaisse.kernel.errors import DomainError, UnknownCurrency
from encaisse.party import errors as party
from encaisse.subscription import errors as subscription
from encaisse.takeover import errors as takeover
from encaisse.ui import import_words
from encaisse.usage import errors as usage

# Bases, and what only operations made by hand refuse.
NEVER_IN_A_FILE = {
    "refused",
    "cell_refused",
    "party_refused",
    "entity_keeps_its_currency",
    "rep_unknown",
    "rep_name_taken",
    "group_name_taken",
    "moment_without_zone",
    "prefix_invalid",
    "reference_required",
    "timezone_unknown",
    "contract_suspended",
    "advance_twice",
    "unknown_category",
    "category_code_taken",
    "category_code_unclear",
    "not_waiting",
    "not_suspended",
    "before_it_starts",
    "after_it_ends",
    "nothing_changes",
    "nothing_held",
    "notice_too_short",
    "no_end_to_renew",
    "transfer_refused",
    "contract_reference_taken",
    "offer_not_sold",
    "used_since",
    "nothing_to_raise",
    "later_price_planned",
    "price_changed_that_day",
}


def codes(*modules) -> set[str]:
    return {
        each.code
        for module in modules
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, DomainError)
    }


def test_every_reason_for_refusing_a_cell_or_a_file_has_its_words():
    known = codes(tables, intake, party, catalog, subscription, takeover, usage) | {UnknownCurrency.code}

    assert known - NEVER_IN_A_FILE == set(import_words.CELLS) | set(import_words.FILES)


@pytest.mark.parametrize("code", sorted(import_words.CELLS))
def test_every_reason_has_french_words_of_its_own(code):
    said = {}
    for language in ("en", "fr"):
        with translation.override(language):
            said[language] = (import_words.reason(code, {}), import_words.way_out(code, {}))

    assert all(english != french for english, french in zip(said["en"], said["fr"], strict=True))


def test_facts_stand_in_the_sentences_in_the_readers_manner():
    with translation.override("fr"):
        assert import_words.reason("price_fixed_for_day", {"valid_from": "2026-01-31"}).startswith(
            "L’offre a déjà un autre prix à compter du 31/01/2026"
        )
        assert import_words.file_reason("columns_missing", {"columns": ("CP", "Ville")}).endswith(
            "CP, Ville."
        )
        assert import_words.reason("of tomorrow", {}) == "Refusé (of tomorrow)."
