"""Keys of programs: what they may see and do, and never more than who made them."""

import datetime as dt

import pytest

from encaisse.access.errors import KeyExpired
from encaisse.access.models import AccessLevel, ApiKey, Permission
from encaisse.access.operations import keys, users
from encaisse.access.operations.keys import Wanted
from encaisse.access.operations.users import Profile
from encaisse.access.queries.keys import program, program_of
from encaisse.access.queries.users import active_user, operator, scope_of
from encaisse.flows.install import install
from encaisse.flows.open_api import give_key
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.sandboxes import open_sandbox
from encaisse.party.queries import legal_entities
from encaisse.tax.operations import choose_regime
from encaisse.tax.queries import regimes
from tests.makers import make_account, make_entity, make_rep

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "root")


def person(*permissions: str, level: AccessLevel = AccessLevel.EVERYTHING, **limits) -> Scope:
    """Somebody with a role of their own."""
    users.create_role(
        "own", "Own", level=level, permissions=frozenset({"integrate", *permissions}), actor=SETUP
    )
    if entities := limits.get("entities"):
        users.limit_role("own", frozenset(entities), actor=SETUP)
    profile = Profile("ada@encaisse.example", "Ada", "own", limits.get("rep_id"))
    user_id = users.create_user(profile, password="rien à deviner ici", actor=SETUP)
    return scope_of(active_user(user_id))


def somebody_else_manages() -> None:
    users.install_roles()
    users.create_user(Profile("eva@encaisse.example", "Eva", "admin"), password="rien à deviner", actor=SETUP)


def made(scope: Scope, **wanted) -> Scope:
    """What a key that was just made sees."""
    return program_of(give_key(scope, Wanted("CRM", **wanted)).secret).scope


def test_a_secret_is_shown_once_and_only_its_hash_is_kept():
    secret = give_key(operator("root"), Wanted("CRM")).secret

    kept = ApiKey.objects.values().get()
    assert secret.startswith("enc_live_")
    assert len(secret) == len("enc_live_") + 43
    assert secret.startswith(kept["beginning"])
    assert len(kept["beginning"]) == len("enc_live_") + 8
    assert secret not in str(kept)
    assert program_of(secret).key_id == kept["id"]
    assert program_of(secret + "x") is None


def test_a_key_takes_a_role_with_its_level_and_its_permissions():
    install()
    rep = make_rep()

    scope = made(operator("root"), role="rep", rep_id=rep.pk)

    assert (scope.level, scope.rep_id, scope.permissions) == (Level.OWN, rep.pk, frozenset())
    assert scope.actor.kind == "api_key"


def test_a_key_never_exceeds_who_makes_it():
    entity, other = make_entity(), make_entity()
    rep, another = make_rep(), make_rep()
    maker = person("bill", level=AccessLevel.OWN, rep_id=rep.pk, entities=[entity.pk])
    stranger = make_account(legal_entity=other).customer_id

    for refused in ({"permissions": frozenset({"issue"})}, {"role": "admin"}, {"rep_id": another.pk}):
        with pytest.raises((NotPermitted, NotFound)):
            made(maker, **refused)
    for unseen in ({"entity_ids": frozenset({other.pk})}, {"customer_id": stranger}):
        with pytest.raises(NotFound):
            made(maker, **unseen)
    assert ApiKey.objects.count() == 0
    assert made(maker).entity_ids == {entity.pk}


def test_a_key_loses_what_its_maker_loses():
    somebody_else_manages()
    maker = person("bill", "issue")
    secret = give_key(maker, Wanted("CRM")).secret
    assert program_of(secret).scope.may("issue")

    users.create_role("less", "Less", level=AccessLevel.OWN, permissions=frozenset({"bill"}), actor=SETUP)
    rep = make_rep()
    users.change_user(maker.actor.id, Profile("ada@encaisse.example", "Ada", "less", rep.pk), actor=SETUP)

    scope = program_of(secret).scope
    assert (scope.level, scope.rep_id, scope.permissions) == (Level.OWN, rep.pk, {"bill"})


def test_a_key_ends_with_its_maker():
    somebody_else_manages()
    maker = person()
    made_key = give_key(maker, Wanted("CRM"))

    users.deactivate(maker.actor.id, actor=SETUP)

    assert program_of(made_key.secret) is None
    assert program(made_key.id) is None


def test_a_key_ends_when_it_is_revoked_or_its_day_has_come(monkeypatch):
    root = operator("root")
    revoked = give_key(root, Wanted("CRM"))
    dated = give_key(root, Wanted("Shop", expires_at=clock.now() + dt.timedelta(days=1)))
    with pytest.raises(KeyExpired):
        give_key(root, Wanted("Old", expires_at=clock.now()))

    keys.revoke_key(root, revoked.id)
    assert program_of(revoked.secret) is None
    assert program_of(dated.secret) is not None
    later = clock.now() + dt.timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert program_of(dated.secret) is None


def test_use_is_written_once_a_minute():
    key = give_key(operator("root"), Wanted("CRM")).id

    keys.used_now(key)
    first = ApiKey.objects.get().last_used_at
    keys.used_now(key)

    assert first is not None
    assert ApiKey.objects.get().last_used_at == first


def test_a_customer_s_key_sees_that_customer_alone():
    account = make_account()
    make_account(legal_entity=account.legal_entity)

    scope = made(operator("root"), customer_id=account.customer_id)

    assert [each.pk for each in BillingAccount.objects.visible_to(scope)] == [account.pk]
    assert not scope.sees_every_customer


def test_a_test_key_works_in_a_sandbox_which_is_like_its_legal_entity():
    entity = make_entity(code="ACME", invoice_prefix="FA-", iban="FR7630006000011234567890189")
    choose_regime(entity.pk, tax_class="service", due_on="receipts", actor=SETUP)

    scope = made(operator("root"), mode="test")

    sandbox = LegalEntity.objects.get(sandbox_of=entity)
    assert scope.entity_ids == {sandbox.pk}
    assert sandbox.code == "ACME-TEST"
    assert sandbox.identity.name == f"TEST – {entity.identity.name}"
    assert (sandbox.invoice_prefix, sandbox.iban) == ("TEST-FA-", "")
    assert regimes(sandbox.pk, clock.today("Europe/Paris"))["service"] == "receipts"
    assert made(operator("root"), mode="test").entity_ids == {sandbox.pk}


def test_a_live_key_never_sees_a_sandbox():
    entity = make_entity()
    sandbox = open_sandbox(entity.pk, actor=SETUP)
    tested = make_account(legal_entity=LegalEntity.objects.get(pk=sandbox))
    own = make_account(legal_entity=entity)

    live, test = made(operator("root")), made(operator("root"), mode="test")

    assert [each.id for each in legal_entities(live)] == [entity.pk]
    assert [each.id for each in legal_entities(test)] == [sandbox]
    assert list(BillingAccount.objects.visible_to(live).values_list("pk", flat=True)) == [own.pk]
    assert list(BillingAccount.objects.visible_to(test).values_list("pk", flat=True)) == [tested.pk]
    assert live.sees_everything
    assert not test.sees_everything
    with pytest.raises(NotFound):
        made(operator("root"), entity_ids=frozenset({sandbox}))


def test_a_limited_person_makes_test_keys_of_their_own_legal_entities():
    entity, other = make_entity(), make_entity()
    maker = person(entities=[entity.pk])

    scope = made(maker, mode="test")

    assert scope.entity_ids == {LegalEntity.objects.get(sandbox_of=entity).pk}
    with pytest.raises(NotFound):
        made(maker, mode="test", entity_ids=frozenset({other.pk}))


def test_only_who_connects_programs_makes_keys():
    scope = Scope(SETUP, Level.EVERYTHING, permissions=frozenset(Permission) - {"integrate"})

    with pytest.raises(NotPermitted):
        give_key(scope, Wanted("CRM"))
