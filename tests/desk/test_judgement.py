"""Rules and quarantine at the desk: a rule written row by row, tried, kept; what it caught decided on its page."""

from decimal import Decimal

import pytest
from django.urls import reverse

from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.invoice.models import Invoice
from encaisse.judgement.models import Quarantine, Rule
from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from encaisse.kernel.references import public_id
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import ACTOR, seller
from tests.flows.test_judgement import BELOW_100, draft, owed, rule, run, yesterday
from tests.makers import make_account, make_charge, make_issued_invoice, make_product, make_scope

pytestmark = pytest.mark.django_db
FORM = {"verdict": "suspect", "mode": "require", "priority": "0", "joined": "every", "kind": "invoice"}


def rows(prefix: str, *each: str) -> dict[str, str]:
    """Rows of criteria as a browser sends them: criterion, comparison, value and group, with spaces between."""
    sent = {f"{prefix}-TOTAL_FORMS": str(len(each)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, row in enumerate(each):
        for name, text in zip(("of", "by", "value", "group"), row.split(), strict=False):
            sent[f"{prefix}-{number}-{name}"] = text
    return sent


def text(answer) -> str:
    return words(answer.content.decode())


def test_a_rule_is_written_row_by_row_tried_on_the_past_and_kept():
    client, entity = signed_in(), seller()
    make_issued_invoice(make_account(legal_entity=entity), net="50")
    make_issued_invoice(make_account(legal_entity=entity), net="83.33")
    address = reverse("desk:new_validation_rule")
    said = FORM | {"name": "Moins de 100", "legal_entity_id": entity.pk}

    one = said | rows("rule", "gross lt 100,00 1") | rows("when")
    more = client.post(address, one | {"do": "more"}).content.decode()
    assert 'name="rule-1-of"' in more
    assert 'value="100,00"' in more
    two = said | rows("rule", "gross lt 100,00 1", "first yes - 2") | rows("when", "country in FR,BE 1")
    tried = client.post(address, two | {"do": "try"})
    # A first invoice passes the second group; both of these are.
    assert "It would have caught 0 of the last 2 documents." in text(tried)
    tried = client.post(address, one | {"do": "try"})
    assert "It would have caught 1 of the last 2 documents." in text(tried)
    assert "Total with tax €100.00" in text(tried)
    wrong = client.post(address, said | rows("rule", "gross in cent 1") | rows("when") | {"do": "keep"})
    assert "Choose among: is below" in text(wrong)
    assert not Rule.objects.exists()

    client.post(address, two | {"do": "keep"})
    rule = Rule.objects.get()
    assert rule.criteria == {
        "any": [
            {"every": [{"of": "gross", "is": "lt", "value": "100.00"}]},
            {"every": [{"of": "first", "is": "yes"}]},
        ]
    }
    assert rule.only_when == {"every": [{"of": "country", "is": "in", "values": ["FR", "BE"]}]}
    listed = text(client.get(reverse("desk:validation_rules")))
    assert (
        "Catches unless: Total with tax is below €100.00 or First invoice of the account: yes – "
        "tested only when: Country of the buyer is one of FR, BE"
    ) in listed
    page = reverse("desk:change_validation_rule", args=[rule.pk])
    assert 'value="FR, BE"' in client.get(page).content.decode()
    client.post(page, one | {"name": "Moins de cent", "do": "keep"})
    changed = Rule.objects.get(is_active=True)
    assert (changed.name, changed.replaces_id, changed.only_when) == ("Moins de cent", rule.pk, None)
    client.post(reverse("desk:end_validation_rule", args=[changed.pk]))
    assert "No rule yet: every draft is approved" in text(client.get(reverse("desk:validation_rules")))


def test_what_was_caught_is_decided_on_its_page_or_many_at_once():
    client, entity = signed_in(), seller()
    account = make_account(legal_entity=entity)
    make_issued_invoice(account, net="40")
    make_charge(account=account, unit_price="83.33")
    owed(entity, "100", "100", "100")
    client.post(
        reverse("desk:new_validation_rule"),
        FORM | {"name": "Moins de 100", "legal_entity_id": entity.pk, "do": "keep"}
        | rows("rule", "gross lt 100,00 1") | rows("when"),
    )  # fmt: skip
    run_id = draft(entity, yesterday(entity))
    first = Invoice.objects.get(run_id=run_id, account=account)
    page = reverse("desk:invoice", args=[first.pk])
    reviewed = client.get(page)
    assert "Why it was caught" in text(reviewed)
    assert "Beside the previous document" in text(reviewed)
    assert reverse("desk:approve_draft", args=[first.pk]) in reviewed.content.decode()
    billing_cycle.issue(run_id, actor=ACTOR)

    assert "Finished, 4 in quarantine" in text(client.get(reverse("desk:run", args=[run_id])))
    listed = client.get(reverse("desk:quarantine"), {"run": public_id("run", run_id), "sort": "-gross_minor"})
    assert "Moins de 100" in text(listed)
    assert "€120.00" in text(listed)
    assert "€120.00" not in text(client.get(reverse("desk:quarantine"), {"verdict": "reject"}))
    client.post(reverse("desk:release_invoice", args=[first.pk]))
    first.refresh_from_db()
    assert (first.state, run(run_id)) == ("issued", ("finished", 3))

    corrected, *others = Quarantine.objects.filter(decision="").values_list("invoice_id", flat=True)
    edit = reverse("desk:edit_invoice", args=[corrected])
    assert "Prestation" in client.get(edit).content.decode()
    line = Invoice.objects.get(pk=corrected).lines.get()
    typed = {
        "account": Invoice.objects.get(pk=corrected).account.reference,
        "issue_date": str(yesterday(entity)),
        "line-TOTAL_FORMS": "1",
        "line-INITIAL_FORMS": "1",
        "line-0-product": line.product_id,
        "line-0-label": "Prestation corrigée",
        "line-0-quantity": "1",
        "line-0-unit_price": "80",
    }
    written = client.post(edit, typed)
    assert written.status_code == 302, text(written)
    assert Quarantine.objects.get(pk=corrected).decision == "corrected"
    assert Invoice.objects.get(state="approved").net_minor == 8000

    chosen = {"act": "quarantine.reopen", "row": [public_id("inv", key) for key in others], "confirmed": "1"}
    client.post("/mass/quarantine", chosen)
    job = Job.objects.latest("pk")
    jobs.work(job.pk)
    job.refresh_from_db()
    assert (job.done, job.refused, run(run_id)) == (2, 0, ("complete", 0))


def test_drafts_that_rules_caught_are_approved_and_drafts_by_hand_issued_many_at_once():
    client, entity = signed_in(), seller()
    owed(entity, "100", "200")
    rule(entity, BELOW_100)
    run_id = draft(entity, yesterday(entity))
    caught = list(Invoice.objects.filter(run_id=run_id).values_list("pk", flat=True))
    line = ManualLine(make_product().pk, "Conseil", Decimal(1), Decimal(10))
    account = make_account(legal_entity=entity)
    by_hand = bill_by_hand(
        make_scope("bill"), account.pk, [line], currency="EUR", issue_date=yesterday(entity)
    )

    for act, keys in (("invoices.approve", caught), ("invoices.issue", [by_hand, caught[0]])):
        rows_chosen = [public_id("inv", key) for key in keys]
        client.post("/mass/invoices", {"act": act, "row": rows_chosen, "confirmed": "1"})
        jobs.work(Job.objects.latest("pk").pk)

    assert set(Invoice.objects.filter(pk__in=caught).values_list("state", flat=True)) == {"approved"}
    assert Invoice.objects.get(pk=by_hand).number
    job = Job.objects.latest("pk")
    assert (job.done, job.refused) == (1, 1)
