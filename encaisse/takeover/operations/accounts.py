"""Which billing account a record means: by its own reference, or by its customer's and its key."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

from django.db.models import Q

from encaisse.intake.operations import Refused
from encaisse.party.models import BillingAccount, LegalEntity, PartyState
from encaisse.party.rules.terms import MonthEndReading, PaymentTerms
from encaisse.takeover.errors import (
    AccountAmbiguous,
    BooksInAnotherCurrency,
    CustomerUnknown,
    NotTheAccountsCurrency,
)


class Named(Protocol):
    """A record that names a customer and perhaps one of its accounts, in a currency."""

    @property
    def customer(self) -> str:
        """The reference of a billing account, or of a customer."""

    @property
    def key(self) -> str:
        """What tells the accounts of that customer apart."""

    @property
    def currency(self) -> str:
        """The currency of the amounts."""


class Owner(NamedTuple):
    """A billing account that something may be taken over to."""

    id: int
    identity_id: int
    currency: str
    language: str
    terms: PaymentTerms


class Accounts(NamedTuple):
    """The accounts of one legal entity that a slice of records may mean."""

    accounting_currency: str
    reading: MonthEndReading
    by_reference: Mapping[str, Owner]
    by_customer: Mapping[str, Mapping[str, Owner]]

    def of(self, named: Named) -> Owner | Refused:
        """The account that the record means, or why there is none."""
        found = self._found(named)
        if isinstance(found, Refused):
            return found
        if found.currency != named.currency:
            return Refused("currency", NotTheAccountsCurrency(account_currency=found.currency))
        if found.currency != self.accounting_currency:
            return Refused("currency", BooksInAnotherCurrency(accounting_currency=self.accounting_currency))
        return found

    def _found(self, named: Named) -> Owner | Refused:
        mine = self.by_customer.get(named.customer, {})
        if named.key:
            keyed = mine.get(named.key) or self.by_reference.get(named.key)
            return keyed or Refused("key", CustomerUnknown())
        if named.customer in self.by_reference:
            return self.by_reference[named.customer]
        if len(mine) > 1:
            return Refused("customer", AccountAmbiguous(keys=tuple(sorted(mine))))
        return next(iter(mine.values()), Refused("customer", CustomerUnknown()))


def accounts(legal_entity_id: int, rows: Collection[Named]) -> Accounts:
    """The accounts that these records may mean. The legal entity is there."""
    entity = LegalEntity.objects.get(pk=legal_entity_id)
    names = {row.customer for row in rows} | {row.key for row in rows if row.key}
    found = (
        BillingAccount.objects.filter(Q(reference__in=names) | Q(customer__reference__in=names))
        .filter(legal_entity_id=legal_entity_id, state=PartyState.ACTIVE)
        .select_related("customer")
        .order_by("pk")
    )
    by_reference: dict[str, Owner] = {}
    by_customer: dict[str, dict[str, Owner]] = {}
    for account in found:
        terms = PaymentTerms.stored(
            account.terms_kind, account.terms_days, account.terms_day, account.terms_plan
        )
        owner = Owner(account.pk, account.identity_id, account.currency, account.customer.language, terms)
        by_reference[account.reference] = owner
        by_customer.setdefault(account.customer.reference, {})[account.key or account.reference] = owner
    return Accounts(entity.currency, MonthEndReading(entity.month_end_reading), by_reference, by_customer)
