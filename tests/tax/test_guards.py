"""Regimes of VAT under attack by raw SQL."""

import datetime as dt

import pytest

from encaisse.kernel import clock
from encaisse.party.models import Category
from encaisse.tax.models import Choice, NumberCheck, Rule
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
    Attack("rule_postcodes_are_in_a_country", copied("tax_rule", "rule", postcode_from="75")),
    Attack(
        "rule_postcodes_are_in_a_country",
        copied("tax_rule", "rule", postcode_from="75", postcode_to="75", buyer_country="EU"),
    ),
    Attack("rule_region_is_in_a_country", copied("tax_rule", "rule", region="FR-20R", buyer_country="")),
    Attack("tax_rule_only_ends", "UPDATE tax_rule SET priority = 9 WHERE id = %(rule)s"),
    Attack("tax_rule_only_ends", "UPDATE tax_rule SET valid_to = '2027-01-01' WHERE id = %(ended)s"),
    Attack("number_check_says_yes_no_or_why_not", copied("tax_numbercheck", "check", verdict="away")),
    Attack("tax_numbercheck_append_only", "DELETE FROM tax_numbercheck WHERE id = %(check)s"),
    Attack("tax_choice_append_only", "UPDATE tax_choice SET place = 'DE' WHERE id = %(choice)s"),
    Attack("category_code_is_short_and_plain", copied("party_category", "category", code="À part")),
    Attack("category_keeps_its_code", "UPDATE party_category SET code = 'b' WHERE id = %(category)s"),
]


@pytest.fixture(scope="module")
def story(shared_database):
    entity = make_entity()
    choose_regime(
        entity.pk, tax_class="service", due_on="receipts", valid_from=dt.date(2026, 1, 1), actor=CLERK
    )
    tax = make_tax()
    rule, ended = (
        Rule.objects.create(seller_country="FR", buyer_country="FR", tax_class="a", tax=tax, valid_to=end)
        for end in (None, dt.date(2026, 1, 1))
    )
    choice = Choice.objects.create(
        run_id=1, made_at=clock.now(), first_account=1, last_account=9, on=dt.date(2026, 1, 1), seller="FR",
        tax_class="a", place="FR", first_postcode=0, last_postcode=9, buyer_kind="business", has_vat_number=False,
        tax=tax, rule=rule,
    )  # fmt: skip
    check = NumberCheck.objects.create(number="DE136695976", verdict="valid", actor_kind="task")
    category = Category.objects.create(code="a", name_fr="A", name_en="A")
    return {
        "regime": entity.vat_regimes.get().pk, "component": tax.components.get().pk, "rule": rule.pk,
        "check": check.pk, "ended": ended.pk, "choice": choice.pk, "category": category.pk,
    }  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(story, attack):
    assert_guarded(attack, story)
