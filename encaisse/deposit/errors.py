"""Why a deposit is refused."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class OutsideTemplate(DomainError):
    """A deposit is between the smallest and the largest amount of its template."""

    code: ClassVar[str] = "deposit_outside_template"
    status: ClassVar[int] = 422
    amount_minor: int
    min_minor: int
    max_minor: int
    currency: str


@refusal
class BeyondCustomerLimit(DomainError):
    """What is held of the customer or asked for, with this deposit, passes the template's limit for one customer."""

    code: ClassVar[str] = "deposit_beyond_customer_limit"
    status: ClassVar[int] = 422
    amount_minor: int
    left_minor: int
    currency: str


@refusal
class LimitsContradict(DomainError):
    """The smallest amount is more than zero, and no limit is below another that it must reach."""

    code: ClassVar[str] = "deposit_limits_contradict"
    status: ClassVar[int] = 422


@refusal
class ValidityTwice(DomainError):
    """Deposits of a template are held until a day or for some months, not both."""

    code: ClassVar[str] = "deposit_validity_twice"
    status: ClassVar[int] = 422


@refusal
class TemplateArchived(DomainError):
    """No deposit is made from this template any more."""

    code: ClassVar[str] = "deposit_template_archived"
    template: str


@refusal
class TemplateDoesNotFit(DomainError):
    """The template is of another legal entity or currency than the account."""

    code: ClassVar[str] = "deposit_template_does_not_fit"
    status: ClassVar[int] = 422
    template: str


@refusal
class ValidityOver(DomainError):
    """A deposit is held until a day that is still to come."""

    code: ClassVar[str] = "deposit_validity_over"
    status: ClassVar[int] = 422
    valid_until: dt.date


@refusal
class DepositNotInState(DomainError):
    """What is asked for cannot be done to a deposit in its present state."""

    code: ClassVar[str] = "deposit_not_in_state"
    number: str
    state: str


@refusal
class MoreThanAsked(DomainError):
    """More is received than is still expected of the deposit."""

    code: ClassVar[str] = "more_than_asked"
    amount_minor: int
    expected_minor: int
    currency: str


@refusal
class MoreThanHeld(DomainError):
    """More is drawn than is held of the deposit."""

    code: ClassVar[str] = "more_than_held"
    amount_minor: int
    held_minor: int
    currency: str


@refusal
class NotDrawable(DomainError):
    """The amount is not more than zero, or the invoice is not an open one of the deposit's account and currency."""

    code: ClassVar[str] = "deposit_not_drawable"
    status: ClassVar[int] = 422
    invoice_id: int
    amount_minor: int


@refusal
class InvoiceStillOpen(DomainError):
    """Invoices of the account are still open: whoever gives the deposit back all the same says so."""

    code: ClassVar[str] = "deposit_invoice_still_open"
    open_minor: int
    invoices: int
    currency: str


@refusal
class GivenBackAlready(DomainError):
    """What funded the deposit did not stay, but the deposit was given back: what is missing is to be billed."""

    code: ClassVar[str] = "deposit_given_back"
    number: str


@refusal
class MovementTakenBack(DomainError):
    """The movement was taken back already, is itself the taking back of another, or goes with its payment."""

    code: ClassVar[str] = "deposit_movement_taken_back"
    movement_id: int


@refusal
class UnknownRefundMethod(DomainError):
    """No deposit is given back by this method."""

    code: ClassVar[str] = "deposit_unknown_method"
    status: ClassVar[int] = 422
    method: str


@refusal
class AnsweredAlready(DomainError):
    """Somebody answered the proposal before, or it is void since the deposit holds nothing any more."""

    code: ClassVar[str] = "deposit_answered_already"
    proposal_id: int
