"""Why a contract is refused."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class EndsBeforeItStarts(DomainError):
    """The last day of the contract comes before its first."""

    code: ClassVar[str] = "ends_before_it_starts"
    status: ClassVar[int] = 422
    start_date: dt.date


@refusal
class DiscountTwice(DomainError):
    """A discount is a percentage or an amount, not both."""

    code: ClassVar[str] = "discount_twice"
    status: ClassVar[int] = 422


@refusal
class RenewalWithoutTerm(DomainError):
    """What is renewed by itself has a term, in months."""

    code: ClassVar[str] = "renewal_without_term"
    status: ClassVar[int] = 422


@refusal
class CustomerUnknown(DomainError):
    """The legal entity has no billing account of this reference: never imported, refused, or another's."""

    code: ClassVar[str] = "customer_unknown"
    status: ClassVar[int] = 422


@refusal
class OfferUnknown(DomainError):
    """Nothing is sold under this code at a price."""

    code: ClassVar[str] = "offer_unknown"
    status: ClassVar[int] = 422


@refusal
class FixedByContract(DomainError):
    """A contract keeps its account, its first day and its periods: end it and make another."""

    code: ClassVar[str] = "fixed_by_contract"
    status: ClassVar[int] = 422


@refusal
class ContractOver(DomainError):
    """The contract has ended, or was withdrawn, and never changes again."""

    code: ClassVar[str] = "contract_over"
    status: ClassVar[int] = 422


@refusal
class ContractSuspended(DomainError):
    """The contract holds nothing for now: resume it first."""

    code: ClassVar[str] = "contract_suspended"


@refusal
class ContractWaiting(DomainError):
    """The contract waits for its advance or deposit: until then it is activated or abandoned, nothing else."""

    code: ClassVar[str] = "contract_waiting"


@refusal
class NotWaiting(DomainError):
    """Only a contract that waits for its advance or deposit is abandoned."""

    code: ClassVar[str] = "not_waiting"


@refusal
class NotSuspended(DomainError):
    """Only a suspended contract is resumed."""

    code: ClassVar[str] = "not_suspended"


@refusal
class BeforeItStarts(DomainError):
    """Nothing happens to a contract before the day after its first."""

    code: ClassVar[str] = "before_it_starts"
    status: ClassVar[int] = 422
    start_date: dt.date


@refusal
class AfterItEnds(DomainError):
    """The contract has ended by then."""

    code: ClassVar[str] = "after_it_ends"
    status: ClassVar[int] = 422
    end_date: dt.date


@refusal
class NothingChanges(DomainError):
    """Nothing that is held from that day on would be any different."""

    code: ClassVar[str] = "nothing_changes"
    status: ClassVar[int] = 422


@refusal
class NothingHeld(DomainError):
    """A contract holds at least one offer."""

    code: ClassVar[str] = "nothing_held"
    status: ClassVar[int] = 422


@refusal
class NoticeTooShort(DomainError):
    """The customer is told of a price so many days before it rises."""

    code: ClassVar[str] = "notice_too_short"
    status: ClassVar[int] = 422
    notice_days: int
    earliest: dt.date


@refusal
class NothingToRaise(DomainError):
    """Nothing that the contract holds from that day on has a unit price that would be any different."""

    code: ClassVar[str] = "nothing_to_raise"
    status: ClassVar[int] = 422


@refusal
class LaterPricePlanned(DomainError):
    """The contract already has another price from a later day on."""

    code: ClassVar[str] = "later_price_planned"
    on: dt.date


@refusal
class PriceChangedThatDay(DomainError):
    """The price of the contract already changes on that day."""

    code: ClassVar[str] = "price_changed_that_day"
    on: dt.date


@refusal
class NoEndToRenew(DomainError):
    """Only a contract with an end and a term is renewed."""

    code: ClassVar[str] = "no_end_to_renew"
    status: ClassVar[int] = 422


@refusal
class TransferRefused(DomainError):
    """A contract goes to another account of the same legal entity and currency.

    `reason` names what stands against it: `account`, `legal_entity` or `currency`.
    """

    code: ClassVar[str] = "transfer_refused"
    status: ClassVar[int] = 422
    reason: str


@refusal
class ReferenceTaken(DomainError):
    """Another contract has this reference."""

    code: ClassVar[str] = "contract_reference_taken"
    status: ClassVar[int] = 422
    reference: str


@refusal
class OfferNotSold(DomainError):
    """Nothing begins on this offer from that day on."""

    code: ClassVar[str] = "offer_not_sold"
    status: ClassVar[int] = 422
    offer: str
    on: dt.date
