"""Billing accounts as people change them: terms, references and recipients, and who the buyer is in law."""

from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Contact, Customer, Recipient
from encaisse.party.operations.identities import version
from encaisse.party.operations.references import buyer_reference
from encaisse.party.rules.identifiers import parse_email, parse_iban
from encaisse.party.rules.identities import IdentityFacts, checked
from encaisse.party.rules.names import sort_key
from encaisse.party.rules.references import References, RequiredReference
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms


class Agreed(NamedTuple):
    """What is agreed with the buyer of an account. `recipients` are e-mail addresses; `language` is the customer's."""

    terms: PaymentTerms
    payment_method: PaymentMethod
    iban: str = ""
    references: References = References()
    requires_reference: RequiredReference = RequiredReference.NONE
    recipients: tuple[str, ...] = ()
    language: str = "fr"


@transaction.atomic
def change_account(account_id: int, told: Agreed, *, scope: Scope) -> None:
    """The account is on these terms from its next draft on; what is drafted or issued keeps its own.

    Locks the account. Raises NotPermitted, NotFound, IbanInvalid, EmailInvalid, TextTooLong, ControlCharacter.
    """
    account = _locked(account_id, scope)
    account.terms_kind, account.terms_days, account.terms_day, _ = told.terms
    account.terms_plan = told.terms.plan
    account.payment_method = told.payment_method
    account.iban = told.iban and parse_iban(told.iban)
    account.requires_reference = told.requires_reference
    account.buyer_reference_id = buyer_reference(account_id, told.references)
    account.save()
    Customer.objects.filter(pk=account.customer_id).update(language=told.language)
    _send_to(account_id, {parse_email(address) for address in told.recipients})
    events.record("account.changed", "billing_account", account_id, scope.actor)


@transaction.atomic
def change_terms(account_id: int, terms: PaymentTerms, *, scope: Scope) -> None:
    """The account pays on these terms from its next draft on. Locks it. Raises NotPermitted, NotFound."""
    account = _locked(account_id, scope)
    account.terms_kind, account.terms_days, account.terms_day, _ = terms
    account.terms_plan = terms.plan
    account.save(update_fields=["terms_kind", "terms_days", "terms_day", "terms_plan"])
    events.record("account.changed", "billing_account", account_id, scope.actor)


@transaction.atomic
def identify_account(account_id: int, told: IdentityFacts, *, scope: Scope) -> None:
    """The documents of the account name this legal identity from the next draft on; issued ones keep theirs.

    A name of the customer that was the identity's follows it. Locks the account. Raises NotPermitted, NotFound and
    what the parsers of the identifiers raise.
    """
    account = _locked(account_id, scope)
    before = account.identity
    account.identity = version(checked(told), before)
    if account.identity == before:
        return
    account.save(update_fields=["identity"])
    name = account.identity.name
    renamed = Customer.objects.filter(pk=account.customer_id, name=before.name)
    renamed.update(name=name, sort_key=sort_key(name))
    Contact.objects.filter(customer_id=account.customer_id, name=before.name).update(name=name)
    events.record("account.identified", "billing_account", account_id, scope.actor)


def _locked(account_id: int, scope: Scope) -> BillingAccount:
    scope.require("edit_accounts")
    visible = BillingAccount.objects.visible_to(scope).filter(pk=account_id)
    found = visible.select_related("identity").select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound(noun="billing account")
    return found


def _send_to(account_id: int, addresses: Collection[str]) -> None:
    by_mail = Recipient.objects.filter(account_id=account_id, channel="email")
    by_mail.exclude(address__in=addresses).delete()
    wanted = [Recipient(account_id=account_id, address=address) for address in sorted(addresses)]
    Recipient.objects.bulk_create(wanted, ignore_conflicts=True)
