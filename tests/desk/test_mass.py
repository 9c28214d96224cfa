"""Acts on several rows: chosen in the list, confirmed with their count, done by a job that looks at each again."""

import re

import pytest

from encaisse.access.models import User
from encaisse.billing.models import DocumentDiscount
from encaisse.desk import mass
from encaisse.flows import mass_actions
from encaisse.flows.mass_actions import ACTIONS
from encaisse.invoice.models import Invoice
from encaisse.kernel import jobs
from encaisse.kernel.models import Job, JobItem
from encaisse.kernel.references import public_id
from encaisse.party.models import BillingAccount, Customer
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription
from tests.desk.signed_in import signed_in, words
from tests.flows import stories
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_issued_invoice,
    make_payment,
    make_price,
    make_rep,
    make_subscription,
)

pytestmark = pytest.mark.django_db


def _done(client, address, **said):
    answer = client.post(address, {"confirmed": "1", **said})
    assert answer.status_code == 302, words(answer.content.decode())
    job = Job.objects.latest("pk")
    jobs.work(job.pk)
    job.refresh_from_db()
    return job


def test_every_action_is_offered_by_one_list_and_the_other_way_round():
    offered = [code for each in mass.LISTS.values() for code in each.acts]

    assert sorted(offered) == sorted(ACTIONS)


def test_rows_ticked_are_counted_then_done_each_with_its_outcome():
    client = signed_in()
    account = make_account()
    paid, left = make_payment(account, 500), make_payment(make_account(), 700)
    make_issued_invoice(account, net="5")
    rows = [public_id("pay", each.pk) for each in (paid, left)]

    page = client.post("/mass/payments", {"act": "payments.allocate", "row": rows})
    assert "2 rows are concerned" in words(page.content.decode())
    job = _done(client, "/mass/payments", act="payments.allocate", row=rows)

    assert (job.total, job.done, job.refused) == (2, 1, 1)
    assert Payment.objects.get(pk=paid.pk).allocated_minor == 500
    assert JobItem.objects.get(row_id=left.pk).code == "nothing_to_allocate"
    page = words(client.get(f"/jobs/{public_id('job', job.pk)}").content.decode())
    assert "Nothing is left to allocate, or nothing is open." in page
    assert "Try the refused ones again" in page


def test_all_that_the_filters_find_is_done_across_pages(monkeypatch):
    client = signed_in()
    rep = make_rep(code="NEW", name="New")
    for number in range(5):
        name = f"{'Odd' if number % 2 else 'Even'} {number}"
        make_account(customer=make_customer(name=name, reference=f"C{number}", sort_key=name.lower()))
    monkeypatch.setattr("encaisse.desk.exports.PAGE", 2)

    listed = client.get("/customers?q=even").content.decode()
    assert "All 3 rows that the filters find" in words(listed)
    action = re.search(r'id="mass" method="post" action="([^"]+)"', listed)[1].replace("&amp;", "&")
    _done(client, action, act="customers.follow", all="1", rep_id=rep.pk)

    followed = Customer.objects.filter(rep=rep).values_list("name", flat=True)
    assert set(followed) == {"Even 0", "Even 2", "Even 4"}


def test_accounts_change_terms_and_get_a_discount():
    client = signed_in()
    account = make_account()
    row = public_id("ba", account.pk)

    refused = client.post(
        "/mass/accounts", {"confirmed": 1, "act": "accounts.terms", "row": row, "terms": "soon"}
    )
    assert "id_terms_error" in refused.content.decode()
    _done(client, "/mass/accounts", act="accounts.terms", row=row, terms="45 days end of month")
    said = {"percent": "5", "reason": "Loyalty", "since": "2026-01-01"}
    _done(client, "/mass/accounts", act="accounts.discount", row=row, **said)

    account = BillingAccount.objects.get(pk=account.pk)
    assert (account.terms_kind, account.terms_days) == ("end_of_month", 45)
    assert DocumentDiscount.objects.get().percent == 5


def test_contracts_end_and_people_are_deactivated():
    client = signed_in()
    item = make_subscription(make_price())
    contract = public_id("sub", item.subscription_id)
    _done(client, "/mass/contracts", act="contracts.terminate", row=contract, on="2027-12-31")

    assert str(Subscription.objects.get().end_date) == "2028-01-01"
    person = User.objects.get()
    job = _done(client, "/mass/users", act="users.deactivate", row=public_id("usr", person.pk))
    assert JobItem.objects.get(job=job).code == "last_manager"


def test_nothing_chosen_too_much_chosen_and_acts_that_are_not_offered(monkeypatch):
    client = signed_in("allocate")
    make_payment(make_account(), 500)
    make_payment(make_account(), 500)

    assert (
        "Choose first which rows."
        in client.post("/mass/payments", {"act": "payments.allocate"}, follow=True).content.decode()
    )
    monkeypatch.setattr("encaisse.desk.pages.mass.MOST_ROWS", 1)
    page = client.post("/mass/payments", {"act": "payments.allocate", "all": 1}, follow=True)
    assert "One job takes 1 rows at most" in page.content.decode()
    assert client.post("/mass/accounts", {"act": "accounts.terms"}).status_code == 404
    assert client.post("/mass/nothing", {"act": "accounts.terms"}).status_code == 404
    assert Job.objects.count() == 0


def test_who_may_no_longer_do_it_is_refused_row_by_row():
    client = signed_in()
    payment = make_payment(make_account(), 500)
    client.post(
        "/mass/payments", {"act": "payments.allocate", "row": public_id("pay", payment.pk), "confirmed": 1}
    )
    role = User.objects.get().role
    role.permissions = []
    role.save()

    jobs.work(Job.objects.get().pk)

    assert JobItem.objects.get().code == "not_permitted"


def test_invoices_are_credited_after_a_rehearsal_that_tells_their_total():
    client = signed_in()
    entity = stories.seller()
    for price in ("10", "20"):
        make_charge(account=make_account(legal_entity=entity), unit_price=price)
    stories.bill(entity)
    make_charge(account=make_account(legal_entity=entity))
    stories.bill(entity, issue=False)
    *issued, _draft = invoices = list(Invoice.objects.order_by("pk"))
    said = {"act": "invoices.credit", "row": [public_id("inv", each.pk) for each in invoices]}

    page = client.post("/mass/invoices", {**said, "confirmed": 1, "reason": " "})
    assert "id_reason_error" in page.content.decode()
    rehearsal = _done(client, "/mass/invoices", **said, reason="Double facturation")
    assert (rehearsal.done, rehearsal.refused, Invoice.objects.count()) == (2, 1, 3)
    page = words(client.get(f"/jobs/{public_id('job', rehearsal.pk)}").content.decode())
    assert "€36.00 in all" in page
    assert client.post(f"/jobs/{public_id('job', rehearsal.pk)}/carry-out").status_code == 302
    jobs.work(Job.objects.latest("pk").pk)

    made = Invoice.objects.filter(kind="credit_note", state="issued").order_by("pk")
    assert [(each.gross_minor, each.corrects, each.reason) for each in made] == [
        (-1200, issued[0], "Double facturation"),
        (-2400, issued[1], "Double facturation"),
    ]
    assert not Invoice.objects.still_open().exists()


def test_documents_leave_and_drafts_leave_their_run(monkeypatch):
    client = signed_in()
    invoice = make_issued_invoice()
    row = public_id("inv", invoice.pk)

    assert _done(client, "/mass/invoices", act="invoices.send", row=row).refused == 1
    assert _done(client, "/mass/invoices", act="invoices.send_again", row=row).refused == 1
    assert _done(client, "/mass/invoices", act="invoices.exclude", row=row).refused == 1
    assert set(JobItem.objects.values_list("code", flat=True)) <= {
        "not_found",
        "no_reader",
        "delivery_not_failed",
    }
    assert mass_actions.MOST_ROWS == 10_000
