"""Advances: asked for by an invoice of their own, before anything is sold."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from encaisse.billing.rules import Part
from encaisse.invoice.errors import AdvanceCurrency, AdvanceTaxRefused
from encaisse.invoice.models import Advance, InvoiceKind
from encaisse.invoice.operations.draft import Terms, draft_advance, load_drafts
from encaisse.invoice.rules.rows import TAX_COLUMNS
from encaisse.party.models import BillingAccount
from encaisse.tax.rules.taxes import VAT

_KIND = TAX_COLUMNS.index("kind")


@transaction.atomic
def ask_advance(
    account_id: int, charge_ids: Collection[int], *, subscription_id: int | None, issue_date: dt.date
) -> int:
    """An approved advance of the account asks for these charges by hand, of the contract or of any. Returns its key.

    It bears the taxes of the products that they are of. Raises AdvanceCurrency for an account in another currency than
    the books', AdvanceTaxRefused where another tax than VAT is borne, NotFound unless the account is active, and why
    the business refuses the document.
    """
    account = BillingAccount.objects.select_related("legal_entity").get(pk=account_id)
    if account.currency != account.legal_entity.currency:
        raise AdvanceCurrency(currency=account.currency)
    part = Part(0, 0, account.legal_entity_id, account_id, account_id)
    cutoff = issue_date + dt.timedelta(days=1)
    terms = Terms(cutoff, issue_date, by_hand=True, kind=InvoiceKind.ADVANCE.value)
    made = draft_advance(part, terms, charge_ids)
    if any(row.split("\t")[_KIND] != VAT for row in made.taxes):
        raise AdvanceTaxRefused()
    load_drafts([made])
    Advance.objects.create(invoice_id=made.id, subscription_id=subscription_id)
    return made.id
