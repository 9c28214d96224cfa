"""Users and roles; the keys of programs, and what programs were answered."""

from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.kernel.scope import Scope
from encaisse.party.models import Customer, LegalEntity, Rep


class AccessLevel(models.TextChoices):
    """The three accreditation levels, as `kernel.scope.Level` names them."""

    EVERYTHING = "everything"
    GROUPS = "groups"
    OWN = "own"


class Permission(models.TextChoices):
    """What a role may do beside reading what its scope shows."""

    BILL = "bill"
    ISSUE = "issue"
    CREDIT = "credit"
    RECORD_PAYMENT = "record_payment"
    ALLOCATE = "allocate"
    MANAGE_DEPOSITS = "manage_deposits"
    REFUND_DEPOSITS = "refund_deposits"
    IMPORT = "import"
    READ_LEDGER = "read_ledger"
    MANAGE_USERS = "manage_users"
    EDIT_ACCOUNTS = "edit_accounts"
    CONFIGURE = "configure"
    MANAGE_OFFERS = "manage_offers"
    MANAGE_CONTRACTS = "manage_contracts"
    INTEGRATE = "integrate"
    READ_AUDIT = "read_audit"


class Role(models.Model):
    """A level, permissions and, when any is named, the only legal entities that its holders may see.

    Where a second factor is required, who has none does nothing before having one.
    """

    code = models.TextField(unique=True)
    name = models.TextField()
    level = models.TextField(choices=AccessLevel)
    permissions = ArrayField(models.TextField(choices=Permission), default=list)
    legal_entities = models.ManyToManyField(LegalEntity, related_name="+")
    second_factor_required = models.BooleanField(default=False)


class User(AbstractBaseUser):
    """A person who logs in with an e-mail address, stored in lower case."""

    email = models.TextField(unique=True)
    name = models.TextField()
    language = models.CharField(max_length=2, default="fr")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="users")
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="users")
    is_active = models.BooleanField(default=True)
    failed_logins = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    objects: ClassVar = BaseUserManager["User"]()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="user_email_is_lower_case", condition=Q(email__regex="^[^A-Z]+$")),
        ]


class SecondFactor(models.Model):
    """What a user shows beside the password: codes of a key that both sides know. Source: RFC 6238.

    The key is sealed. It asks for nothing until it is confirmed. `last_step` is the last step of time whose code was
    used, so that no code is used twice.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="second_factor")
    sealed_key = models.TextField()
    last_step = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """A code that stands once for the second factor of who has lost it; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="recovery_code_digest_is_sha256", condition=Q(digest__regex="^[0-9a-f]{64}$")
            ),
        ]


class KeyMode(models.TextChoices):
    """A program works on the company's own legal entities, or tries things out in their sandboxes."""

    LIVE = "live"
    TEST = "test"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """All of them, or, for whoever sees only some customers or legal entities, those that they made."""
        return self if scope.sees_everything else self.filter(maker_id=scope.actor.id)


class ApiKey(models.Model):
    """What a program shows instead of a person's password, and what it may see and do.

    Of its secret only the SHA-256 is kept, and the beginning that tells it from others. `legal_entity_ids` is None
    for every legal entity but the sandboxes. What its maker may no longer do the key may not do either: see
    `queries.keys`. It never changes but to be renamed, used and revoked.
    """

    name = models.TextField()
    mode = models.TextField(choices=KeyMode)
    beginning = models.TextField()
    digest = models.CharField(max_length=64, unique=True)
    level = models.TextField(choices=AccessLevel)
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="+")
    permissions = ArrayField(models.TextField(choices=Permission), default=list)
    legal_entity_ids = ArrayField(models.BigIntegerField(), null=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    maker = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    made_by = models.TextField()
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="api_key_is_live_or_test", condition=Q(mode__in=("live", "test"))),
            models.CheckConstraint(
                name="api_key_digest_is_sha256", condition=Q(digest__regex="^[0-9a-f]{64}$")
            ),
        ]


class Answer(models.Model):
    """What a program was answered when it asked for something once, to be answered the same if it asks again.

    It is stored in the transaction of what was done, and forgotten a day later.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.TextField()
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    media_type = models.TextField()
    location = models.TextField(default="")
    body = models.TextField()
    at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="answer_once_per_key", fields=["api_key", "idempotency_key"]),
        ]


class Lease(models.Model):
    """How many requests of a key were set aside by processes of the server in one minute, the latest that any asked in.

    It is kept out of the write-ahead log: after a crash a key begins its minute anew.
    """

    api_key = models.OneToOneField(ApiKey, primary_key=True, on_delete=models.PROTECT, related_name="+")
    minute = models.BigIntegerField()
    taken = models.IntegerField()


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """One's own, and those that others share."""
        own = Q(user_id=scope.actor.id) if scope.actor.kind == "user" else Q(pk__in=())
        return self.filter(own | Q(is_shared=True))


class SavedView(models.Model):
    """What a person asks of a list, under a name: `address` is the part of its address after the question mark.

    A shared one is offered to everybody who sees the list, and shows each of them their own rows.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    list = models.TextField()
    name = models.TextField()
    address = models.TextField()
    is_shared = models.BooleanField(default=False)
    saved_at = models.DateTimeField(db_default=Now())

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="saved_view_name_once", fields=["user", "list", "name"]),
            models.UniqueConstraint(name="saved_view_with_its_list", fields=["id", "list"]),
            models.CheckConstraint(name="saved_view_has_a_name", condition=Q(name__regex=r"\S")),
        ]
        indexes: ClassVar = [
            models.Index(name="saved_view_shared", fields=["list"], condition=Q(is_shared=True)),
        ]


class OpeningView(models.Model):
    """The view that a list opens with, for one person. A composite key in the migration keeps it of that list."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    list = models.TextField()
    view = models.ForeignKey(SavedView, on_delete=models.PROTECT, related_name="openings")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="opening_view_once_a_list", fields=["user", "list"]),
        ]
