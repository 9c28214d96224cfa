"""Regimes of VAT under attack by raw SQL."""

import datetime as dt

import pytest

from encaisse.tax.operations import choose_regime
from tests.guards import Attack, assert_guarded, copied
from tests.makers import CLERK, make_entity, make_tax

ATTACKS = [
    Attack("regime_is_on_debits_or_receipts", copied("tax_regime", "regime", due_on="never")),
    Attack(
        "component_per_unit_is_no_rate_nor_vat", copied("tax_component", "component", position=2, per_unit=2)
    ),
    Attack("component_in_base_is_no_vat", copied("tax_component", "component", position=2, in_base=True)),
    Attack("regime_names_a_tax_class", copied("tax_regime", "regime", tax_class="")),
    Attack("tax_regime_append_only", "UPDATE tax_regime SET due_on = 'debits' WHERE id = %(regime)s"),
    Attack("tax_regime_append_only", "DELETE FROM tax_regime WHERE id = %(regime)s"),
]


@pytest.fixture(scope="module")
def story(shared_database):
    entity = make_entity()
    choose_regime(
        entity.pk, tax_class="service", due_on="receipts", valid_from=dt.date(2026, 1, 1), actor=CLERK
    )
    return {"regime": entity.vat_regimes.get().pk, "component": make_tax().components.get().pk}


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(story, attack):
    assert_guarded(attack, story)
