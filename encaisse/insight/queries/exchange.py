"""What prices are in the currency that an account is billed in."""

from encaisse.currency import queries as currencies
from encaisse.currency.rules import Exchange
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party


def exchange_of(scope: Scope, account_id: int) -> Exchange | None:
    """The account's currency beside that of the books, with the last rate; None when they are the same.

    Raises NotFound when the scope sees no account of that key.
    """
    row = party.account(scope, account_id).row
    entity = next(each for each in party.legal_entities(scope) if each.id == row.entity_id)
    return currencies.exchange(row.currency, entity.currency, clock.today(entity.timezone))
