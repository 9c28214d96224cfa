"""The rows of a run as named tuples, in the order of their COPY, and how a list of accounts is cut."""

from typing import NamedTuple


class OutcomeRow(NamedTuple):
    """What a run made of one account. `facts` is JSON text."""

    run_id: int
    account_id: int
    split: int
    outcome: str
    reason: str
    facts: str
    invoice_id: int | None


class ClaimRow(NamedTuple):
    """The fate of a charge, as it is stored."""

    charge_id: int
    run_id: int | None
    fate: str
    line: int | None
    share_minor: int


class Part(NamedTuple):
    """A range of accounts of one chunk: the whole of it, or a piece of it once the whole has failed."""

    run_id: int
    chunk_id: int
    legal_entity_id: int
    first_account: int
    last_account: int

    def narrowed(self, first_account: int, last_account: int) -> "Part":
        """The same chunk, fewer accounts."""
        return self._replace(first_account=first_account, last_account=last_account)
