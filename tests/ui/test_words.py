"""Every refusal is told in a sentence."""

import pytest
from django.utils import translation

from encaisse.access.errors import PasswordRefused
from encaisse.billing.errors import AccountRefused
from encaisse.kernel.errors import DomainError
from encaisse.ui import import_words, words
from tests.architecture.test_errors import _refusals

# Bases that nobody raises, and what is told elsewhere: the reason of a refused account, of a letter that did not leave.
UNTOLD = {"refused", "party_refused", "cell_refused", "account_refused", "mail_refused"}
TOLD = [
    each
    for each in _refusals()
    if each.code not in UNTOLD and not each.__module__.startswith("encaisse.adapters")
]


@pytest.mark.parametrize("kind", TOLD, ids=lambda each: each.__name__)
def test_each_refusal_has_its_words(kind: type[DomainError]):
    assert kind.code in words.REFUSALS or kind.code in import_words.CELLS or kind.code in import_words.FILES


def test_a_field_is_named_for_refusals_that_exist():
    assert set(words.FIELDS) <= {each.code for each in _refusals()}


def test_an_account_that_is_refused_says_its_own_reason():
    seen = {"country": "FR", "postcode": "75001"}

    with translation.override("en"):
        said = words.refusal(AccountRefused(account_id=1, reason="unknown_tax", seen=seen))

    assert said == "No tax rule covers FR 75001."


def test_a_weak_password_is_told_with_its_rules():
    with translation.override("en"):
        said = words.refusal(PasswordRefused(rules=("password_too_short", "password_entirely_numeric")))

    assert (
        said
        == "This password is too easy to guess. It needs ten characters at least. It needs more than digits."
    )
