"""Deposits held elsewhere come in, and are held here."""

import datetime as dt

import pytest

from encaisse.deposit.models import Deposit
from encaisse.flows.books import check
from encaisse.flows.import_deposits import import_deposits
from tests.flows.files import csv
from tests.flows.test_deposits import _balances, _template
from tests.makers import CLERK, make_account

pytestmark = pytest.mark.django_db


def test_deposits_held_elsewhere_come_in_once_with_their_opening_entry() -> None:
    account = make_account()
    _template(account)
    held = {
        "Référence": "CAUTION-7",
        "Code client": account.reference,
        "Date": "12/01/2026",
        "Montant": "120,50",
        "Modèle": "Badge",
    }
    wrong = (held | {"Référence": "A", "Modèle": "Autre"}, held | {"Référence": "B", "Montant": "1,00"})

    report = _bring(account, held, *wrong)

    assert (report.created, report.refused) == (1, 2)
    assert [(each.column, each.code) for each in report.errors] == [
        ("Modèle", "deposit_template_unknown"),
        ("Montant", "deposit_not_allowed"),
    ]
    deposit = Deposit.objects.get()
    assert (deposit.state, deposit.received_minor, deposit.account_id) == ("locked", 12_050, account.pk)
    assert _balances() == {"890": 12_050, "165": -12_050}
    again = _bring(account, held, held | {"Montant": "130,00"})
    assert (again.unchanged, again.refused) == (1, 1)
    assert Deposit.objects.count() == 1
    assert check() == []


def _bring(account, *rows):
    return import_deposits(
        csv(*rows),
        legal_entity_id=account.legal_entity_id,
        opened_on=dt.date(2026, 7, 1),
        actor=CLERK,
        file_name="depots.csv",
    )
