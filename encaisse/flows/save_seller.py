"""Somebody says who a legal entity is, how it sells, and when it owes its VAT.

save the legal entity -> what its country brings -> choose its regimes of VAT
"""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction

from encaisse.kernel.scope import Scope
from encaisse.ledger.operations import install_country_charts
from encaisse.party.models import LegalEntity
from encaisse.party.operations.sellers import Seller, save_legal_entity
from encaisse.party.rules.nations import nation
from encaisse.party.rules.places import parse_country
from encaisse.tax.operations import choose_regime, install_taxes_of


@transaction.atomic
def save_seller(
    scope: Scope, seller: Seller, *, regimes: Mapping[str, str] | None = None, since: dt.date | None = None
) -> int:
    """The legal entity is as told, and owes the VAT of each class of `regimes` on debits or on receipts.

    The taxes and the chart of its country are there, and a new one owes its VAT as its country has it. What `regimes`
    does not name stays. Returns the entity's key. Repeatable. Raises NotPermitted and what saving and choosing raise.
    """
    scope.require("configure")
    country = parse_country(seller.identity.country)
    is_new = not LegalEntity.objects.filter(code=seller.code).exists()
    entity_id = save_legal_entity(seller, actor=scope.actor)
    install_taxes_of(country)
    install_country_charts()
    if is_new and (due_on := nation(country).vat_due_on):
        regimes = {"service": due_on, "goods": due_on, **(regimes or {})}
    for tax_class, due_on in (regimes or {}).items():
        choose_regime(entity_id, tax_class=tax_class, due_on=due_on, valid_from=since, actor=scope.actor)
    return entity_id
