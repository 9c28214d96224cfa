"""Users and roles."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.party.models import LegalEntity, Rep


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
