"""An import is taken back whole, or not at all."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from encaisse.access.models import Permission
from encaisse.charge.operations.manual import ManualLine, record_manual
from encaisse.flows.import_contracts import import_contracts
from encaisse.flows.import_customers import import_customers
from encaisse.flows.undo_import import UNDOES, undo_import
from encaisse.intake.errors import ChangedByImport, ChangedSince, UndoneAlready, UndoUnknown, UsedAlready
from encaisse.intake.models import Batch
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.lists import Window
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party import queries as party
from encaisse.party.models import BillingAccount, Customer, LegalEntity, Recipient
from encaisse.party.operations.customers import snapshots
from encaisse.subscription.models import Item, Subscription
from encaisse.usage import operations as usage
from tests.flows.files import census, csv
from tests.flows.test_import_customers import CLIENT
from tests.makers import make_cycle, make_entity, make_issued_invoice, make_offer, make_price, make_product
from tests.usage.stories import event, make_meter

pytestmark = pytest.mark.django_db
ACTOR = Actor("user", 7, "Camille")
SCOPE = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset(Permission.values))
OTHER = CLIENT | {"Code client": "C2", "SIREN": "552100554", "Raison sociale": "Autre", "CP": "69001"}
CONTRACT = {"Contrat": "K1", "Code client": "C1", "Quantité": "1", "Début": "01/01/2026"}


@pytest.fixture
def entity() -> LegalEntity:
    return make_entity()


def customers(entity: LegalEntity, *records: dict[str, str]) -> int:
    order: dict[str, Any] = {"file_name": "c.csv", "actor": ACTOR}
    return import_customers(csv(*records), legal_entity_id=entity.pk, **order).batch_id or 0


def contracts(entity: LegalEntity, *records: dict[str, str], offer: str = "") -> int:
    code = offer or make_price().offer.code
    order: dict[str, Any] = {"file_name": "k.csv", "actor": ACTOR}
    lines = [record | {"Offre": code} for record in records]
    return import_contracts(csv(*lines), legal_entity_id=entity.pk, **order).batch_id or 0


def test_what_a_file_brought_is_hidden_everywhere_and_still_there(entity):
    batch_id = customers(entity, CLIENT, OTHER)

    assert undo_import(SCOPE, batch_id) == 2

    assert party.customers(SCOPE, window=Window()).total == 0
    assert not BillingAccount.objects.visible_to(SCOPE).exists()
    assert (Customer.objects.count(), Customer.objects.filter(state="withdrawn").count()) == (2, 2)
    assert Batch.objects.get(pk=batch_id).state == "undone"
    assert Event.objects.filter(topic="import.undone", first_id=batch_id).exists()
    with pytest.raises(UndoneAlready):
        undo_import(SCOPE, batch_id)


def test_the_mended_file_comes_in_anew_and_may_be_undone_too(entity):
    undo_import(SCOPE, customers(entity, CLIENT))

    again = customers(entity, CLIENT | {"Raison sociale": "Éloi et filles"})

    assert Batch.objects.get(pk=again).created_count == 1
    assert Customer.objects.get(state="active").name == "Éloi et filles"
    assert undo_import(SCOPE, again) == 1


def test_contracts_are_taken_back_and_their_references_are_free_again(entity):
    customers(entity, CLIENT)
    first = contracts(entity, CONTRACT)

    assert undo_import(SCOPE, first) == 1

    assert not Subscription.objects.visible_to(SCOPE).exists()
    again = contracts(entity, CONTRACT | {"Début": "01/02/2026"})
    assert Batch.objects.get(pk=again).created_count == 1
    assert Subscription.objects.visible_to(SCOPE).get().start_date == dt.date(2026, 2, 1)


def charge(account: BillingAccount) -> None:
    line = ManualLine(make_product().pk, "Frais", Decimal(1), Decimal(10))
    record_manual(account_id=account.pk, currency="EUR", lines=[line], billable_on=dt.date(2026, 1, 1))


def sell(account: BillingAccount) -> None:
    contracts(account.legal_entity, CONTRACT)


def put_in_a_cycle(account: BillingAccount) -> None:
    make_cycle().members.create(account=account)


def price(account: BillingAccount) -> None:
    make_price(offer=make_offer(), customer=account.customer)


@pytest.mark.parametrize(
    ("use", "noun"), [(charge, "charge"), (sell, "contract"), (put_in_a_cycle, "cycle"), (price, "price")]
)
def test_nothing_is_undone_when_one_of_its_customers_was_used_and_the_use_is_named(entity, use, noun):
    batch_id = customers(entity, OTHER, CLIENT)
    use(BillingAccount.objects.get(reference="C1"))
    before = census("party", "intake")

    with pytest.raises(UsedAlready) as refused, transaction.atomic():
        undo_import(SCOPE, batch_id)

    assert refused.value == UsedAlready(noun=noun, count=1, example="C1")
    assert census("party", "intake") == before
    assert not Customer.objects.filter(state="withdrawn").exists()
    assert Batch.objects.get(pk=batch_id).state == "done"


def test_nothing_is_undone_when_one_of_its_contracts_was_used(entity):
    customers(entity, CLIENT)
    batch_id = contracts(entity, CONTRACT, offer=make_meter().offer.code)
    item = Subscription.objects.get().items.get()
    usage.record([event(item, "2026-01-17")], actor=ACTOR)

    with pytest.raises(UsedAlready) as refused:
        undo_import(SCOPE, batch_id)

    assert refused.value == UsedAlready(noun="usage", count=1, example="K1")


CHANGED = CLIENT | {
    "Raison sociale": "Autre nom",
    "E-mail facturation": "autre@client.example",
    "Échéance": "60 jours",
}


def test_what_a_file_changed_is_put_back_as_it_was_under_the_identity_of_then(entity):
    customers(entity, CLIENT)
    before = snapshots(["C1"])
    identity = BillingAccount.objects.get(reference="C1").identity_id
    reached = list(Recipient.objects.values_list("address", flat=True))
    batch_id = customers(entity, CHANGED, OTHER)
    assert BillingAccount.objects.get(reference="C1").identity_id != identity

    assert undo_import(SCOPE, batch_id) == 2

    assert snapshots(["C1"]) == before
    assert BillingAccount.objects.get(reference="C1").identity_id == identity
    assert (
        list(Recipient.objects.filter(account__state="active").values_list("address", flat=True)) == reached
    )
    assert Customer.objects.get(reference="C2").state == "withdrawn"
    assert Event.objects.filter(topic="customer.restored").exists()
    # The file that first said it changes nothing, and the undone one comes in anew.
    again = Batch.objects.get(pk=customers(entity, CLIENT))
    assert (again.updated_count, again.unchanged_count) == (0, 1)
    assert Batch.objects.get(pk=customers(entity, CHANGED)).updated_count == 1


def test_nothing_is_put_back_of_what_changed_again_or_was_billed(entity):
    customers(entity, CLIENT)
    first = customers(entity, CHANGED)
    second = customers(entity, CHANGED | {"Raison sociale": "Encore un nom"})

    with pytest.raises(ChangedSince) as refused, transaction.atomic():
        undo_import(SCOPE, first)
    assert (refused.value.count, refused.value.example) == (1, "C1")
    make_issued_invoice(BillingAccount.objects.get(reference="C1"))
    with pytest.raises(UsedAlready) as used, transaction.atomic():
        undo_import(SCOPE, second)
    assert used.value == UsedAlready(noun="invoice", count=1, example="C1")
    assert Customer.objects.get(reference="C1").name == "Encore un nom"


def test_changed_contracts_are_put_back_by_the_earlier_file(entity):
    customers(entity, CLIENT)
    offer = make_price().offer.code
    contracts(entity, CONTRACT, offer=offer)
    batch_id = contracts(entity, CONTRACT | {"Quantité": "2"}, offer=offer)

    with pytest.raises(ChangedByImport) as refused, transaction.atomic():
        undo_import(SCOPE, batch_id)

    assert refused.value.count == 1
    before = [("1", dt.date(2026, 1, 1))]
    assert held() == [("2", dt.date(2026, 1, 1))]
    contracts(entity, CONTRACT, offer=offer)
    assert held() == before, "from the same day, since nothing was billed of the other"


def held() -> list[tuple[str, dt.date]]:
    """The quantities that contracts hold, and since when; what ended the day it began was never held."""
    items = Item.objects.exclude(ends_on=F("starts_on"))
    return [(f"{each.quantity:f}".rstrip("0").rstrip("."), each.starts_on) for each in items]


def test_who_may_not_import_or_does_not_see_the_batch_undoes_nothing(entity):
    batch_id = customers(entity, CLIENT)

    with pytest.raises(NotPermitted):
        undo_import(Scope(ACTOR, Level.EVERYTHING), batch_id)
    with pytest.raises(NotFound):
        undo_import(Scope(Actor("user", 8, ""), Level.OWN, permissions=frozenset({"import"})), batch_id)


def test_kinds_that_are_never_taken_back_say_so(entity):
    batch = Batch.objects.create(
        kind="usage", file_name="u.csv", sha256="0" * 64, actor_kind="user", actor_id=7
    )

    with pytest.raises(UndoUnknown):
        undo_import(SCOPE, batch.pk)
    assert set(UNDOES) == {"customers", "contracts", "invoices", "credits"}
