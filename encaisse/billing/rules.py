"""The rows of a run as named tuples, in the order of their COPY, how a list of accounts is narrowed and cut, and
the days of a cycle."""

import calendar
import datetime as dt
from typing import Final, NamedTuple


class Selection(NamedTuple):
    """Which active accounts a run bills: those of whom everything said holds. An empty field says nothing.

    `offer_id` is an offer that the account holds or held, billed or not yet; `country` that of its legal identity;
    `exceptions_of_id` a run that set the account aside.
    """

    legal_entity_id: int | None = None
    account_id: int | None = None
    customer_id: int | None = None
    cycle_id: int | None = None
    exceptions_of_id: int | None = None
    group_id: int | None = None
    rep_id: int | None = None
    offer_id: int | None = None
    payment_method: str = ""
    terms_kind: str = ""
    currency: str = ""
    country: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it takes every account of a legal entity, or of all of them."""
        return not any(self[1:])


EVERYONE: Final = Selection()


class Manner(NamedTuple):
    """How a run goes: over all open charges or over those by hand of one account, then in place of the invoice
    `replaces`; and what becomes of the drafts that a rule caught, by the values of `models.Caught`."""

    kind: str = "mass"
    replaces: int | None = None
    on_suspect: str = "quarantine"
    on_reject: str = "quarantine"


AS_USUAL: Final = Manner()
# Nothing by hand is issued unseen: whoever wrote what a rule catches decides first.
BY_HAND: Final = Manner("manual", on_suspect="hold", on_reject="hold")


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
    """A range of accounts of one chunk: the whole of it, or a piece of it once the whole has failed.

    `accounts`, an array literal, lists those that are meant when the run is narrowed; None means all.
    """

    run_id: int
    chunk_id: int
    legal_entity_id: int
    first_account: int
    last_account: int
    accounts: str | None = None

    def narrowed(self, first_account: int, last_account: int) -> "Part":
        """The same chunk, fewer accounts."""
        return self._replace(first_account=first_account, last_account=last_account)


class Recurrence(NamedTuple):
    """Every `every` × `unit` (week, month or year) from `first_day` on."""

    first_day: dt.date
    unit: str
    every: int

    def day(self, number: int) -> dt.date:
        """Day `number`, from 0. Months keep the first one's day as far as they have it: 31 January, 28 February."""
        if self.unit == "week":
            return self.first_day + dt.timedelta(weeks=self.every * number)
        months = self.every * number * (12 if self.unit == "year" else 1)
        years, month = divmod(self.first_day.month - 1 + months, 12)
        year, month = self.first_day.year + years, month + 1
        return dt.date(year, month, min(self.first_day.day, calendar.monthrange(year, month)[1]))

    def next_from(self, date: dt.date) -> dt.date:
        """Its first day on `date` or after."""
        longest = self.every * {"week": 7, "month": 31, "year": 366}[self.unit]
        number = max(0, (date - self.first_day).days // longest)  # never past the answer
        while self.day(number) < date:
            number += 1
        return self.day(number)

    def last_until(self, date: dt.date, *, since: dt.date) -> dt.date | None:
        """Its last day from `since` until `date`, both included, if there is one."""
        found, day = None, self.next_from(since)
        while day <= date:
            found, day = day, self.next_from(day + dt.timedelta(days=1))
        return found
