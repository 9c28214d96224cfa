"""The page of the cut-off: both figures, the list behind each, and the entry with what takes it back."""

import pytest
from django.urls import reverse

from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import bill, seller
from tests.flows.test_cut_off import FEBRUARY_1, in_advance
from tests.makers import make_account, make_charge

pytestmark = pytest.mark.django_db
JANUARY = {"on": "2026-01-31"}


def compute(client, day: str) -> str:
    """A worker computes the cut-off of the day; the page of its job."""
    answer = client.post(f"{reverse('desk:compute_cut_off')}?on={day}")
    jobs.work(Job.objects.latest("pk").pk)
    return answer.url


def test_both_figures_lead_to_their_lists_and_the_entry_is_proposed():
    entity = seller()
    in_advance(entity)
    bill(entity, FEBRUARY_1)
    make_charge(account=make_account(legal_entity=entity), unit_price="12.50", label="Installation")
    client = signed_in("read_ledger")
    assert "Not computed yet for 31 Jan 2026" in words(
        client.get(reverse("desk:cut_off"), JANUARY).content.decode()
    )
    job = compute(client, "2026-01-31")
    assert f"{reverse('desk:cut_off')}?on=2026-01-31" in client.get(job).content.decode()

    page = words(client.get(reverse("desk:cut_off"), JANUARY).content.decode())
    accrued = words(client.get(reverse("desk:cut_off"), JANUARY | {"figure": "418"}).content.decode())

    # Billed on 1 February, all of it is earned and unbilled on 31 January: 16.45 by the day, and 12.50.
    assert "€28.95" in page
    assert all(text in accrued for text in ("Installation", "€12.50", "€16.45", "F2026-000001", "Not billed"))
    assert all(text in accrued for text in ("418", "706", "01 Feb 2026"))


def test_the_lists_and_the_entry_are_files():
    entity = seller()
    in_advance(entity)
    bill(entity, FEBRUARY_1.replace(day=2))
    client = signed_in("read_ledger")
    address = reverse("desk:cut_off_file")

    asked = {"on": "2026-02-10"}
    assert client.get(address, asked).status_code == 404
    compute(client, "2026-02-10")
    listed = client.get(address, asked)
    entry = client.get(address, asked | {"figure": "entry"}).content.decode("utf-8-sig").splitlines()

    # The month from 15 January has 31 days, of which 4 come after 10 February: 30.00 × 4/31 = 3.87.
    assert 'filename="cut-off-487-2026-02-10.csv"' in listed.headers["Content-Disposition"]
    assert listed.content.decode("utf-8-sig").splitlines()[1].endswith(",EUR,30.00,3.87")
    assert entry[1:] == [
        "2026-02-10,487,,3.87,EUR",
        "2026-02-10,706,3.87,,EUR",
        "2026-02-11,487,3.87,,EUR",
        "2026-02-11,706,,3.87,EUR",
    ]
    workbook = client.get(address, asked | {"form": "xlsx"})
    assert workbook.headers["Content-Type"].endswith("spreadsheetml.sheet")


def test_who_may_not_read_the_ledger_has_no_cut_off():
    assert signed_in("bill").get(reverse("desk:cut_off")).status_code == 403
