"""Refusals about runs."""

import datetime as dt
from typing import Any, ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class RunNotInState(DomainError):
    """The run is not where this step begins."""

    code: ClassVar[str] = "run_not_in_state"
    run_id: int
    state: str
    needed: str


@refusal
class NothingToBill(DomainError):
    """No billing account falls within the run."""

    code: ClassVar[str] = "nothing_to_bill"


@refusal
class NoSuchRun(DomainError):
    """No run has this key."""

    code: ClassVar[str] = "no_such_run"
    status: ClassVar[int] = 404
    run_id: int


@refusal
class AccountRefused(DomainError):
    """The account of a run of one could not be billed: `reason` and `seen` are those of its exception."""

    code: ClassVar[str] = "account_refused"
    account_id: int
    reason: str
    seen: dict[str, Any]


@refusal
class NothingToRetry(DomainError):
    """No account that the run set aside is meant."""

    code: ClassVar[str] = "nothing_to_retry"
    run_id: int


@refusal
class NotSeenWhole(DomainError):
    """A run bills accounts that the asker does not see."""

    code: ClassVar[str] = "not_seen_whole"
    status: ClassVar[int] = 403


@refusal
class CycleCodeTaken(DomainError):
    """Another cycle has this code."""

    code: ClassVar[str] = "cycle_code_taken"
    cycle: str


@refusal
class CycleNotRunning(DomainError):
    """The cycle was ended, or its next day is not there yet."""

    code: ClassVar[str] = "cycle_not_running"
    cycle: str


@refusal
class DiscountEndsBeforeItBegins(DomainError):
    """The last day of a discount comes before its first."""

    code: ClassVar[str] = "discount_ends_before_it_begins"
    valid_from: dt.date
