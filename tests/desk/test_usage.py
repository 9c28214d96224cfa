"""Usage on the desk: listed, narrowed, saved as a file that comes in again, told by its contract, imported."""

import csv
import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from encaisse.charge.operations.usage import rate_usage
from encaisse.flows.import_usage import import_usage
from encaisse.kernel.references import public_id
from encaisse.subscription.models import Item
from encaisse.usage.models import Event
from tests.desk.queries import assert_queries_at_most
from tests.desk.signed_in import signed_in
from tests.makers import CLERK
from tests.usage.stories import hold, make_meter, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    """A contract that used 12.5 units of January, charged, and 2 of February, which wait."""
    item = hold(make_meter("sms", name_fr="SMS", name_en="Texts"))
    tell(item, ("2026-01-05", "10"), ("2026-01-31", "2.5"), source="pbx")
    account = item.account
    rate_usage(
        legal_entity_id=account.legal_entity_id, first_account=account.pk, last_account=account.pk,
        cutoff_date=dt.date(2026, 2, 1),
    )  # fmt: skip
    tell(item, ("2026-02-05", "2"))
    return item


def spoken(page: bytes) -> str:
    """What a page says, cell by cell."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def said(client, **asked: str) -> str:
    return spoken(client.get(reverse("desk:usage"), asked).content)


def days(client, **asked: str) -> list[str]:
    page = said(client, **asked)
    return [day for day in ("05/01/2026", "31/01/2026", "05/02/2026") if f"{day} 12:00" in page]


def lines(client, **asked: str) -> list[dict[str, str]]:
    answer = client.get(reverse("desk:usage_file"), asked)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_list_is_narrowed_by_what_one_looks_for(item):
    hold(make_meter("data"))
    client = signed_in(language="fr")
    contract = public_id("sub", item.subscription_id)

    with assert_queries_at_most(12):
        assert days(client) == ["05/01/2026", "31/01/2026", "05/02/2026"]
    assert days(client, state="waiting") == ["05/02/2026"]
    assert days(client, state="charged") == ["05/01/2026", "31/01/2026"]
    assert days(client, since="2026-01-06", until="2026-01-31") == ["31/01/2026"]
    assert days(client, source="api") == ["05/02/2026"]
    assert days(client, meter="data") == []
    assert len(days(client, q=item.subscription.reference, contract=contract)) == 3
    assert days(client, q=Event.objects.earliest("pk").key) == ["05/01/2026"]


def test_what_the_list_comes_to_is_told_by_meter(item):
    client = signed_in()

    assert "By meter Meter Events Quantity To be rated sms 3 14.5 1" in said(client)
    assert "sms 1 2 1" in said(client, state="waiting")


def test_the_file_of_the_list_comes_in_again_and_changes_nothing(item):
    client = signed_in(language="fr")

    rows = lines(client)
    again = client.get(reverse("desk:usage_file"))
    report = import_usage(
        io.BytesIO(b"".join(again.streaming_content)), legal_entity_id=item.account.legal_entity_id,
        file_name="consommations.csv", actor=CLERK,
    )  # fmt: skip

    assert [row["Quantité"] for row in rows] == ["10", "2,5", "2"]
    assert [row["État"] for row in rows] == ["Valorisé", "Valorisé", "À valoriser"]
    assert rows[0]["Date et heure"] == "2026-01-05T12:00:00+01:00"
    assert (report.created, report.unchanged, report.refused) == (0, 3, 0)
    assert [row["Clé"] for row in lines(client, state="waiting")] == [Event.objects.latest("pk").key]


def test_a_contract_tells_what_it_used_by_period(item):
    client = signed_in()

    told = spoken(client.get(reverse("desk:contract", args=[item.subscription_id])).content)

    assert "sms – to be rated 1 2 –" in told
    assert "sms Texts 01 Jan 2026 – 31 Jan 2026 2 12.5 €1.50" in told


def test_a_file_of_usage_is_laid_out_at_the_desk(item, settings, tmp_path):
    settings.PASSING_DIR = tmp_path
    client = signed_in()
    text = f"Key;Contract;Meter;Date;Quantity\nk9;{item.subscription.reference};sms;03/02/2026 08:00;4\nk8;NO;sms;x;4"
    file = SimpleUploadedFile("usage.csv", text.encode())

    answer = client.post(
        reverse("desk:new_import"),
        {"kind": "usage", "legal_entity_id": item.account.legal_entity_id, "file": file},
        follow=True,
    )

    page = spoken(answer.content)
    assert item.subscription.reference in page
    assert "This day does not exist." in page
