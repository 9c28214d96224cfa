"""Every criterion, compiled and asked of documents: each is true of some and false of others, and unknown is false."""

import datetime as dt
from typing import Any

import pytest

from encaisse.invoice.models import Invoice
from encaisse.judgement.errors import RuleMalformed
from encaisse.judgement.operations.rules import RuleFacts, define
from encaisse.judgement.queries.rules import tried
from encaisse.judgement.rules.criteria import read
from encaisse.party.models import LegalEntity
from tests.flows.stories import bill, seller
from tests.flows.test_judgement import CLERK
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_identity,
    make_price,
    make_scope,
    make_subscription,
)

pytestmark = pytest.mark.django_db
# A tree, and the references of the accounts of whose invoices it is true: OLD has been billed 100.00 then 120.00 by
# contract since 1 January, NEW 50.00 once.
TRUE_OF = [
    ({"of": "net", "is": "lt", "value": "50.01"}, {"NEW"}),
    ({"of": "gross", "is": "ge", "value": "120.00"}, {"OLD"}),
    ({"of": "offers", "is": "gt", "value": "99.99", "offers": ["NET"]}, {"OLD"}),
    ({"of": "offers", "is": "eq", "value": "0.00", "offers": ["NET"]}, {"NEW"}),
    ({"of": "customer_age", "is": "gt", "value": "365"}, {"OLD"}),
    ({"of": "customer_age", "is": "le", "value": "365"}, set()),
    ({"of": "subscription_age", "is": "ge", "value": "0"}, {"OLD"}),
    ({"of": "change", "is": "eq", "value": "20"}, {"OLD"}),
    ({"of": "first", "is": "no"}, {"OLD"}),
    ({"of": "credit_category", "is": "not_in", "values": ["A"]}, {"NEW"}),
    ({"of": "currency", "is": "in", "values": ["EUR"]}, {"OLD", "NEW"}),
    ({"of": "country", "is": "in", "values": ["BE"]}, set()),
    ({"of": "payment_method", "is": "in", "values": ["card"]}, {"NEW"}),
    ({"of": "missing", "is": "any", "values": ["vat_number", "email"]}, {"NEW"}),
    ({"of": "missing", "is": "none", "values": ["vat_number"]}, {"OLD"}),
    (
        {"any": [{"of": "first", "is": "yes"}, {"every": [{"of": "change", "is": "gt", "value": "10"},
                                                          {"of": "net", "is": "gt", "value": "110.00"}]}]},
        {"OLD", "NEW"},
    ),
]  # fmt: skip
MALFORMED = [
    {"of": "weather", "is": "lt", "value": "1"},
    {"of": "gross", "is": "in", "values": ["1"]},
    {"of": "gross", "is": "lt", "value": "0.001"},
    {"of": "gross", "is": "lt", "value": "NaN"},
    {"of": "customer_age", "is": "lt", "value": "1.5"},
    {"of": "missing", "is": "any", "values": ["shoe_size"]},
    {"every": []},
    {"every": [{"of": "first", "is": "yes"}], "any": []},
    "1 = 1",
]


def test_each_criterion_is_true_of_what_it_says() -> None:
    entity = seller()
    billed(entity)

    assert [(tree, caught(entity, tree)) for tree, _ in TRUE_OF] == TRUE_OF


@pytest.mark.parametrize("tree", MALFORMED, ids=str)
def test_what_cannot_be_judged_is_refused_before_it_is_kept(tree: Any) -> None:
    with pytest.raises(RuleMalformed):
        read(tree, "EUR")


def test_a_rule_is_of_a_legal_entity_that_is_seen_whole() -> None:
    entity, facts = seller(), RuleFacts("Règle", "suspect", "require", {"of": "first", "is": "no"})
    other = make_scope("configure", entity_ids=frozenset({entity.pk + 1}))

    with pytest.raises(Exception, match="not_found"):
        define(other, entity.pk, "invoice", facts)


def billed(entity: LegalEntity) -> None:
    old = make_account(
        reference="OLD",
        legal_entity=entity,
        customer=make_customer(since_date=dt.date(2020, 1, 1), credit_category="A"),
    )
    make_charge(account=old)
    bill(entity, dt.date(2026, 1, 15))
    item = make_subscription(
        price=make_price(unit_price=120), account=old, billed_through=dt.date(2026, 1, 1)
    )
    type(item.offer).objects.filter(pk=item.offer_id).update(code="NET")
    bare = make_identity(vat_number="", email="")
    new = make_account(reference="NEW", legal_entity=entity, identity=bare, payment_method="card")
    make_charge(account=new, unit_price="50")
    bill(entity, dt.date(2026, 1, 16))


def caught(entity: LegalEntity, tree: Any) -> set[str]:
    """The accounts of whose latest invoice it is true."""
    latest = {each.pk: each.account.reference for each in Invoice.objects.order_by("-pk")[:2]}
    found = tried(CLERK, entity.pk, "invoice", {"verdict": "suspect", "mode": "forbid", "criteria": tree})
    return {latest[each.id] for each in found.newest if each.id in latest}
