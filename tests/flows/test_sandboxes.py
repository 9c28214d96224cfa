"""What happens in a sandbox counts nowhere else."""

import datetime as dt

import pytest

from encaisse.billing.rules import Selection
from encaisse.document.mentions import reasons
from encaisse.document.queries.contents import issued
from encaisse.document.wording import wording
from encaisse.flows import billing_cycle
from encaisse.insight.queries.dashboard import dashboard
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Actor
from encaisse.party.models import LegalEntity
from encaisse.party.operations.sandboxes import open_sandbox
from encaisse.tax.operations import install_taxes
from tests.makers import CLERK, make_account, make_charge, make_entity, make_issued_invoice, make_scope

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 2, 1)


@pytest.fixture
def entity() -> LegalEntity:
    return make_entity(code="ACME")


@pytest.fixture
def sandbox(entity: LegalEntity) -> LegalEntity:
    return LegalEntity.objects.get(pk=open_sandbox(entity.pk, actor=Actor("command")))


def billed(**narrowed: int) -> set[int]:
    """The legal entities whose accounts a run bills."""
    run_id = billing_cycle.start(
        make_scope("bill"), cutoff_date=DAY, issue_date=DAY, selection=Selection(**narrowed)
    )
    billing_cycle.draft(run_id, actor=CLERK)
    return set(Invoice.objects.filter(run_id=run_id).values_list("legal_entity_id", flat=True))


def test_a_sandbox_is_billed_by_runs_that_name_it_alone(entity, sandbox):
    install_taxes()
    for seller in (entity, sandbox):
        make_charge(account=make_account(legal_entity=seller))

    assert billed() == {entity.pk}
    assert billed(legal_entity_id=sandbox.pk) == {sandbox.pk}


def test_the_dashboard_leaves_sandboxes_out(entity, sandbox):
    for seller in (entity, sandbox):
        make_issued_invoice(make_account(legal_entity=seller))

    assert [each.entity_code for each in dashboard(make_scope()).standings] == ["ACME"]


def test_documents_of_a_sandbox_say_that_they_are_tests(entity, sandbox):
    own, tested = (
        issued([make_issued_invoice(make_account(legal_entity=seller)).pk])[0].content
        for seller in (entity, sandbox)
    )

    assert tested.seller.name.startswith("TEST – ")
    assert tested.number.startswith("TEST-F")
    for language in ("fr", "en"):
        words = wording(language)
        assert next(reasons(words, tested)).startswith("TEST")
        assert not any(said.startswith("TEST") for said in reasons(words, own))
