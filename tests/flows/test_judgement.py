"""Rules and quarantine, told as stories: what is caught, what waits, and what becomes of it."""

import datetime as dt
import json
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from encaisse.billing.errors import RunNotInState
from encaisse.billing.models import Claim, Outcome, Run
from encaisse.billing.operations.runs import retry
from encaisse.billing.rules import Manner, Selection
from encaisse.charge.models import Charge
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import draft_again
from encaisse.flows.decide_drafts import approve, refuse, release
from encaisse.invoice.errors import DraftNotInState, InvoiceNotApproved
from encaisse.invoice.models import Invoice
from encaisse.invoice.operations.verify import verify_all
from encaisse.judgement.errors import DraftsHeld, NotInQuarantine, RuleMalformed
from encaisse.judgement.models import Finding, Quarantine
from encaisse.judgement.operations.rules import RuleFacts, change, define, end
from encaisse.judgement.queries.rules import RuleRow
from encaisse.judgement.queries.rules import rule as rule_of
from encaisse.kernel import clock
from encaisse.kernel.money import from_minor
from encaisse.party.models import LegalEntity
from encaisse.tag.operations import tag
from encaisse.tag.queries import tags_of
from encaisse.ui import judgement_words, words
from tests.flows import stories
from tests.flows.stories import ACTOR, SCOPE, seller
from tests.makers import make_account, make_charge, make_product, make_rate, make_scope, make_tax

pytestmark = pytest.mark.django_db

CLERK = make_scope("bill", "issue", "configure")
BELOW_100 = {"of": "gross", "is": "lt", "value": "100.00"}


def rule(entity: LegalEntity, criteria: Any, verdict: str = "suspect", **said: Any) -> int:
    """A rule of the entity's invoices."""
    facts = RuleFacts(
        **{"name": f"{verdict} {criteria}", "verdict": verdict, "mode": "require"} | said, criteria=criteria
    )
    return define(CLERK, entity.pk, "invoice", facts)


def draft(entity: LegalEntity, on: dt.date, **manner: str) -> int:
    """A run of everything before that day, in review."""
    run_id = billing_cycle.start(
        SCOPE,
        cutoff_date=on,
        issue_date=on,
        selection=Selection(legal_entity_id=entity.pk),
        manner=Manner(**manner),
    )
    billing_cycle.draft(run_id, actor=ACTOR)
    return run_id


def states(run_id: int) -> Counter[str]:
    return Counter(Invoice.objects.filter(run_id=run_id).values_list("state", flat=True))


def owed(entity: LegalEntity, *prices: str) -> list[Charge]:
    """One charge of each net price, each on an account of its own."""
    return [make_charge(account=make_account(legal_entity=entity), unit_price=price) for price in prices]


def yesterday(entity: LegalEntity) -> dt.date:
    return clock.today(entity.timezone) - dt.timedelta(days=1)


def test_below_100_with_tax_is_approved_and_100_is_suspect() -> None:
    entity = seller()
    stories.rule(make_tax("5.5"), "reduced")
    # 94.78 and 5.21 of VAT, 83.33 and 16.67: no net amount comes to 99.99 at 20 %.
    make_charge(
        account=make_account(legal_entity=entity),
        unit_price="94.78",
        product=make_product(tax_class="reduced"),
    )
    owed(entity, "83.33")
    key = rule(entity, BELOW_100)

    run_id = draft(entity, dt.date(2026, 2, 1))

    found = Invoice.objects.filter(run_id=run_id).order_by("gross_minor").values_list("gross_minor", "state")
    assert list(found) == [(9999, "approved"), (10000, "suspect")]
    (finding,) = Finding.objects.values_list("rule_id", "verdict", "seen")
    assert finding == (key, "suspect", {"gross": 10000})


def test_a_cycle_of_ten_finishes_without_its_four_in_quarantine() -> None:
    entity = seller()
    charges = owed(entity, *["50"] * 6, "100", "100", "100", "5000")
    rule(entity, BELOW_100)
    rule(entity, {"of": "net", "is": "le", "value": "1000"}, "reject")
    day = yesterday(entity)

    run_id = draft(entity, day, on_suspect="quarantine", on_reject="quarantine")
    assert states(run_id) == {"approved": 6, "suspect": 3, "rejected": 1}
    assert Finding.objects.filter(verdict="reject").count() == 1
    assert Finding.objects.filter(invoice__state="rejected").count() == 2, "every reason is kept"
    billing_cycle.issue(run_id, actor=ACTOR)

    assert numbers(run_id) == [f"F{day.year}-{n:06}" for n in range(1, 7)]
    assert states(run_id) == {"issued": 6, "quarantined": 4}
    assert run(run_id) == ("finished", 4)
    assert_charges_add_up(run_id, charges)
    waiting = list(Quarantine.objects.order_by("invoice_id").values_list("invoice_id", flat=True))
    assert Counter(Quarantine.objects.values_list("verdict", flat=True)) == {"suspect": 3, "reject": 1}

    for invoice_id in waiting[:2]:
        release(CLERK, invoice_id)
    today = clock.today(entity.timezone)
    released = Invoice.objects.filter(pk__in=waiting[:2]).order_by("sequence")
    assert [(each.sequence, each.issue_date, each.due_date) for each in released] == [
        (7, today, today + dt.timedelta(days=30)),
        (8, today, today + dt.timedelta(days=30)),
    ]
    assert run(run_id) == ("finished", 2)
    assert_charges_add_up(run_id, charges)
    with pytest.raises(NotInQuarantine):
        release(CLERK, waiting[0])

    refuse(CLERK, waiting[2], drop=False)
    assert run(run_id) == ("finished", 1)
    refuse(CLERK, waiting[3], drop=True)
    assert run(run_id) == ("complete", 0)
    assert_charges_add_up(run_id, charges)
    exceptions = Outcome.objects.filter(run_id=run_id, outcome="exception").order_by("account_id")
    assert [(each.reason, each.facts["charges"]) for each in exceptions] == [
        ("refused_in_quarantine", "reopened"),
        ("refused_in_quarantine", "dropped"),
    ]

    again = draft(entity, clock.today(entity.timezone) + dt.timedelta(days=1))
    (billed,) = Invoice.objects.filter(run_id=again)
    assert (billed.account_id, billed.net_minor) == (charges[8].account_id, 10_000), (
        "re-opened, and never dropped"
    )
    assert list(verify_all()) == []


def test_what_is_held_waits_for_a_person_before_anything_is_issued() -> None:
    entity = seller()
    owed(entity, "50", "100", "5000")
    rule(entity, BELOW_100)
    rule(entity, {"of": "net", "is": "le", "value": "1000"}, "reject")
    run_id = draft(entity, dt.date(2026, 2, 1), on_suspect="hold", on_reject="drop")
    suspect = Invoice.objects.get(run_id=run_id, state="suspect")

    with pytest.raises(DraftsHeld) as held:
        billing_cycle.issue(run_id, actor=ACTOR)
    assert (held.value.drafts, run(run_id)) == (1, ("review", 0))
    approve(CLERK, suspect.pk)
    with pytest.raises(DraftNotInState):
        approve(CLERK, suspect.pk)
    billing_cycle.issue(run_id, actor=ACTOR)

    assert states(run_id) == {"issued": 2, "cancelled": 1}
    assert run(run_id) == ("complete", 0)
    assert Claim.objects.filter(fate="dropped").count() == 1
    reasons = Outcome.objects.filter(run_id=run_id, outcome="exception").values_list("reason", "facts")
    assert list(reasons) == [("caught_by_rule", {"charges": "drop"})]
    with pytest.raises(RunNotInState):
        approve(CLERK, suspect.pk)


def test_a_quarantined_document_is_not_issued_without_its_release() -> None:
    entity = seller()
    owed(entity, "100")
    rule(entity, BELOW_100)
    day = yesterday(entity)
    run_id = draft(entity, day)
    billing_cycle.issue(run_id, actor=ACTOR)
    (quarantined,) = Invoice.objects.filter(run_id=run_id)

    assert run(run_id) == ("finished", 1)
    with pytest.raises(InvoiceNotApproved):
        billing_cycle.issue_drafts([quarantined.pk], issue_date=day, actor=ACTOR)


def test_a_broken_rule_makes_exceptions_of_those_documents_alone_that_depend_on_it() -> None:
    entity, other = seller(), seller()
    owed(entity, "10", "200", "400")
    owed(other, "200")
    rule(entity, {"of": "net", "is": "le", "value": "300"})
    # No rule is kept that cannot be judged, nor ever changed: these were written beside the program.
    broken = {"any": [{"of": "net", "is": "lt", "value": "100"}, {"of": "weather", "is": "lt", "value": "x"}]}
    key = corrupt(entity, "Temps qu’il fait", broken, None)
    corrupt(entity, "En Belgique", "1 = 1", {"of": "country", "is": "in", "values": ["BE"]})

    run_id, sound = draft(entity, dt.date(2026, 2, 1)), draft(other, dt.date(2026, 2, 1))

    assert (states(run_id), states(sound)) == ({"approved": 1, "cancelled": 2}, {"approved": 1})
    exceptions = Outcome.objects.filter(run_id=run_id, outcome="exception").values_list("reason", "facts")
    found = '{"is": "lt", "of": "weather", "value": "x"}'
    assert list(exceptions) == [("rule_not_computable", {"rule": "Temps qu’il fait", "found": found})] * 2
    assert "Temps qu’il fait" in str(words.reason(*exceptions[0]))
    assert "weather" in judgement_words.caught(*told(rule_of(CLERK, key)))
    with pytest.raises(RuleMalformed):
        change(CLERK, key, RuleFacts("Temps qu’il fait", "suspect", "require", broken))
    end(CLERK, key)
    retry(run_id, ACTOR, reason="rule_not_computable")
    billing_cycle.draft(run_id, actor=ACTOR)
    assert states(run_id) == {"approved": 2, "suspect": 1, "cancelled": 2}


def test_what_is_converted_again_is_judged_again_in_the_currency_of_the_books() -> None:
    entity = seller()
    make_rate("10.80")
    newly, known, fine = (
        make_charge(
            account=make_account(legal_entity=entity, currency="MAD"), currency="MAD", unit_price=price
        ).account_id
        for price in ("1080", "2160", "500")
    )
    rule(entity, {"of": "net", "is": "le", "value": "100.00"})
    run_id = draft(entity, dt.date(2026, 1, 10), on_suspect="hold")
    suspect = Invoice.objects.get(run_id=run_id, state="suspect")
    assert (suspect.account_id, seen(suspect)) == (known, [{"net": 20000}])
    approve(CLERK, suspect.pk)
    tag(CLERK, suspect.pk, "À suivre")
    make_rate("10.60", valid_from=dt.date(2026, 1, 10))

    billing_cycle.issue(run_id, actor=ACTOR)

    standing = {each.account_id: each for each in Invoice.objects.exclude(state="cancelled")}
    assert {key: (each.state, seen(each)) for key, each in standing.items()} == {
        newly: ("quarantined", [{"net": 10189}]),
        known: ("issued", [{"net": 20377}]),
        fine: ("issued", []),
    }
    assert tags_of(CLERK, [each.pk for each in standing.values()]) == {standing[known].pk: ("À suivre",)}, (
        "its tags go with it"
    )
    assert run(run_id) == ("finished", 1)
    make_rate("10.50", valid_from=dt.date(2026, 1, 11))
    release(CLERK, standing[newly].pk)
    issued = Invoice.objects.get(account_id=newly, state="issued")
    assert (issued.number or "", seen(issued)) == (numbers(run_id)[-1], [{"net": 10286}])
    assert run(run_id) == ("complete", 0)


def test_what_is_corrected_in_quarantine_is_judged_again() -> None:
    entity = seller()
    (charge,) = owed(entity, "100")
    rule(entity, BELOW_100)
    run_id = draft(entity, yesterday(entity))
    billing_cycle.issue(run_id, actor=ACTOR)
    (quarantined,) = Invoice.objects.filter(run_id=run_id)
    day = clock.today(entity.timezone)

    line = ManualLine(make_product().pk, "", Decimal(1), Decimal(90))
    said: Any = {"account_id": charge.account_id, "currency": "EUR", "issue_date": day}
    corrected = Invoice.objects.get(pk=draft_again(SCOPE, quarantined.pk, [line], **said))

    assert (corrected.state, seen(corrected)) == ("suspect", [{"gross": 10800}])
    assert run(run_id) == ("complete", 0)


def corrupt(entity: LegalEntity, name: str, criteria: Any, only_when: Any) -> int:
    """A rule as somebody would write it into the database by hand."""
    said = [entity.pk, name, json.dumps(criteria), None if only_when is None else json.dumps(only_when)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO judgement_rule (legal_entity_id, kind, name, priority, verdict, mode, criteria, only_when,"
            " is_active) VALUES (%s, 'invoice', %s, 0, 'suspect', 'require', %s, %s, true) RETURNING id",
            said,
        )
        return int(cursor.fetchone()[0])


def told(row: RuleRow) -> tuple[Any, ...]:
    return row.mode, row.tree, row.condition, row.currency


def seen(invoice: Invoice) -> list[Any]:
    return list(Finding.objects.filter(invoice=invoice).values_list("seen", flat=True))


def run(run_id: int) -> tuple[str, int]:
    return Run.objects.values_list("state", "quarantined").get(pk=run_id)


def numbers(run_id: int) -> list[str]:
    return list(
        Invoice.objects.filter(run_id=run_id, state="issued")
        .order_by("sequence")
        .values_list("number", flat=True)
    )


def assert_charges_add_up(run_id: int, charges: list[Charge]) -> None:
    """What is issued, what waits, what is open again and what was dropped are together what the run was about."""
    total = sum(charge.amount for charge in charges)
    made = Invoice.objects.filter(run_id=run_id).exclude(state="cancelled")
    billed = sum(made.values_list("net_minor", flat=True))
    fates = dict(Claim.objects.filter(charge__in=charges).values_list("charge_id", "fate"))
    dropped = sum(charge.amount for charge in charges if fates.get(charge.pk) == "dropped")
    opened = sum(charge.amount for charge in charges if charge.pk not in fates)
    assert from_minor(billed, "EUR") + dropped + opened == total
