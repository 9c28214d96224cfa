"""Legal entities, reps and groups, and the rows that are loaded."""

import pytest

from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor
from encaisse.party import errors, models
from encaisse.party.operations.reps import save_group, save_reps
from encaisse.party.operations.sellers import Seller, save_legal_entity
from encaisse.party.rules import rows, terms
from encaisse.party.rules.identities import IdentityFacts

pytestmark = pytest.mark.django_db
ACTOR = Actor("command", None, "")
IDENTITY = IdentityFacts(
    name="Exemple SA",
    legal_form="SA",
    capital="50 000 €",
    siren="732 829 320",
    vat_number="FR 44 732829320",
    registry="RCS Paris",
    address_1="1, rue de la Paix",
    postcode="75002",
    city="Paris",
    country="France",
)
SELLER = Seller("EX", IDENTITY, iban="FR76 3000 6000 0112 3456 7890 189")


def test_a_legal_entity_is_stored_with_its_identifiers_in_their_plain_form():
    key = save_legal_entity(SELLER, actor=ACTOR)

    entity = models.LegalEntity.objects.select_related("identity").get(pk=key)
    assert (entity.code, entity.currency, entity.iban) == ("EX", "EUR", "FR7630006000011234567890189")
    assert (entity.identity.siren, entity.identity.vat_number) == ("732829320", "FR44732829320")
    assert entity.identity.country == "FR"


def test_the_same_legal_entity_again_writes_nothing():
    key = save_legal_entity(SELLER, actor=ACTOR)

    assert save_legal_entity(SELLER, actor=ACTOR) == key
    assert models.Identity.objects.count() == 1
    assert Event.objects.count() == 1


def test_another_identity_is_another_version():
    key = save_legal_entity(SELLER, actor=ACTOR)
    first = models.LegalEntity.objects.get().identity_id

    moved = Seller("EX", IDENTITY._replace(city="Lyon", postcode="69001"), late_penalty="12 %")
    save_legal_entity(moved, actor=ACTOR)

    entity = models.LegalEntity.objects.select_related("identity").get(pk=key)
    assert (entity.identity.city, entity.late_penalty, entity.iban) == ("Lyon", "12 %", "")
    assert models.Identity.objects.get(pk=first).city == "Paris"


def test_the_books_of_a_legal_entity_keep_their_currency():
    save_legal_entity(SELLER, actor=ACTOR)

    with pytest.raises(errors.EntityKeepsItsCurrency):
        save_legal_entity(Seller("EX", IDENTITY, currency="MAD"), actor=ACTOR)


@pytest.mark.parametrize(
    ("identity", "refusal"),
    [
        (IDENTITY._replace(siren="732829321"), errors.SirenInvalid),
        (IDENTITY._replace(postcode="7500"), errors.PostcodeInvalid),
        (IDENTITY._replace(siren="552100554"), errors.VatNumberNotOfSiren),
    ],
)
def test_a_legal_entity_with_a_wrong_identifier_is_refused(identity, refusal):
    with pytest.raises(refusal):
        save_legal_entity(Seller("EX", identity), actor=ACTOR)
    assert not models.LegalEntity.objects.exists()


def test_reps_are_known_by_their_name_whatever_its_accents():
    first = save_reps({"Zoé Lefèvre", "Alix Perrier", "—"})

    assert sorted(first) == ["Alix Perrier", "Zoé Lefèvre"]
    assert save_reps({"ZOE LEFEVRE"}) == {"ZOE LEFEVRE": first["Zoé Lefèvre"]}
    assert models.Rep.objects.count() == 2


def test_a_group_has_its_leader_and_its_members_and_no_others():
    save_reps({"Zoé Lefèvre", "Alix Perrier", "Max"})
    save_group(code="N", name="Nord", leader="max", members=["alix-perrier", "max"], actor=ACTOR)

    save_group(code="N", name="Nord", leader="max", members=["zoe-lefevre"], actor=ACTOR)

    group = models.Group.objects.get()
    assert group.leader.code == "max"
    assert [rep.code for rep in group.reps.all()] == ["zoe-lefevre"]


def test_a_group_of_somebody_unknown_is_refused():
    with pytest.raises(errors.RepUnknown):
        save_group(code="N", name="Nord", leader="nobody", members=[], actor=ACTOR)


@pytest.mark.parametrize(
    ("model", "row"),
    [
        (models.Identity, rows.NewIdentity),
        (models.Customer, rows.NewCustomer),
        (models.BillingAccount, rows.NewAccount),
        (models.Contact, rows.NewContact),
        (models.Recipient, rows.NewRecipient),
    ],
)
def test_loaded_rows_have_every_column_that_has_no_default_in_the_database(model, row):
    columns = {field.column for field in model._meta.concrete_fields}
    filled_by_the_database = {"created_at"} | ({"id"} - set(row._fields))

    assert set(row._fields) == columns - filled_by_the_database


def test_models_and_rules_know_the_same_terms_and_methods():
    assert models.TermsKind.values == [kind.value for kind in terms.TermsKind]
    assert models.PaymentMethod.values == [method.value for method in terms.PaymentMethod]
