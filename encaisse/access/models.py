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
    """A level, permissions and, when any is named, the only legal entities that its holders may see."""

    code = models.TextField(unique=True)
    name = models.TextField()
    level = models.TextField(choices=AccessLevel)
    permissions = ArrayField(models.TextField(choices=Permission), default=list)
    legal_entities = models.ManyToManyField(LegalEntity, related_name="+")


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
