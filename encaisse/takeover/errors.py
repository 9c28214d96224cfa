"""Why an invoice or a credit made elsewhere is refused."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class CustomerUnknown(DomainError):
    """The legal entity has no billing account of this reference: never imported, refused, or another's."""

    code: ClassVar[str] = "customer_unknown"
    status: ClassVar[int] = 422


@refusal
class AccountAmbiguous(DomainError):
    """The customer has several billing accounts at the legal entity, and the record does not say which."""

    code: ClassVar[str] = "account_ambiguous"
    status: ClassVar[int] = 422
    keys: tuple[str, ...]


@refusal
class NotTheAccountsCurrency(DomainError):
    """The billing account is owed in another currency."""

    code: ClassVar[str] = "not_the_accounts_currency"
    status: ClassVar[int] = 422
    account_currency: str


@refusal
class BooksInAnotherCurrency(DomainError):
    """The books are kept in another currency than the account's, and no rate between the two is recorded."""

    code: ClassVar[str] = "books_in_another_currency"
    status: ClassVar[int] = 422
    accounting_currency: str


@refusal
class NumberOfOurSeries(DomainError):
    """The number is one that a series of ours gives, now or later."""

    code: ClassVar[str] = "number_of_our_series"
    status: ClassVar[int] = 422
    prefix: str


@refusal
class NumberRepeated(DomainError):
    """The file says something else of this number, apart from its lines, or comes back to it later."""

    code: ClassVar[str] = "number_repeated"
    status: ClassVar[int] = 422


@refusal
class AmountsDoNotAddUp(DomainError):
    """Net and tax do not come to the total; or what is settled and what is open do not."""

    code: ClassVar[str] = "amounts_do_not_add_up"
    status: ClassVar[int] = 422
    come_to: Decimal
    total: Decimal


@refusal
class LinesDoNotAddUp(DomainError):
    """The lines do not come to the net amount."""

    code: ClassVar[str] = "lines_do_not_add_up"
    status: ClassVar[int] = 422
    come_to: Decimal
    total: Decimal


@refusal
class SignContradictsKind(DomainError):
    """An invoice has no negative total: that is a credit note."""

    code: ClassVar[str] = "sign_contradicts_kind"
    status: ClassVar[int] = 422


@refusal
class SettledBeyondTotal(DomainError):
    """What is settled, or used of a credit note, lies between nothing and the total."""

    code: ClassVar[str] = "settled_beyond_total"
    status: ClassVar[int] = 422
    total: Decimal


@refusal
class DueBeforeIssue(DomainError):
    """The due date comes before the date of the invoice."""

    code: ClassVar[str] = "due_before_issue"
    status: ClassVar[int] = 422
    issue_date: dt.date


@refusal
class DatedInTheFuture(DomainError):
    """What was made elsewhere was made already."""

    code: ClassVar[str] = "dated_in_the_future"
    status: ClassVar[int] = 422
    today: dt.date


@refusal
class FixedOnceTakenOver(DomainError):
    """It came in already, and said something else: a document never changes, but in what settles it."""

    code: ClassVar[str] = "fixed_once_taken_over"
    status: ClassVar[int] = 422


@refusal
class SettledLessThanBefore(DomainError):
    """Less is settled elsewhere than what came in says already."""

    code: ClassVar[str] = "settled_less_than_before"
    status: ClassVar[int] = 422
    known: Decimal


@refusal
class MoreSettledThanOpen(DomainError):
    """More was settled elsewhere meanwhile than is open here."""

    code: ClassVar[str] = "more_settled_than_open"
    status: ClassVar[int] = 422
    open: Decimal


@refusal
class CreditUsedElsewhere(DomainError):
    """More of a credit was used elsewhere since it came in: it is here now, and is used here."""

    code: ClassVar[str] = "credit_used_elsewhere"
    status: ClassVar[int] = 422
    known: Decimal


@refusal
class CorrectedInvoiceUnknown(DomainError):
    """The invoice that the credit note corrects is not among those of the account; the credit note comes in alone."""

    code: ClassVar[str] = "corrected_invoice_unknown"
    status: ClassVar[int] = 422


@refusal
class UsedSince(DomainError):
    """Something used since what the import brought: paid or laid here, told by a later file, corrected, sent."""

    code: ClassVar[str] = "used_since"
    reference: str


@refusal
class TemplateUnknown(DomainError):
    """The legal entity asks for no deposits from a template of this name."""

    code: ClassVar[str] = "deposit_template_unknown"
    status: ClassVar[int] = 422
    template: str


@refusal
class DepositNotAllowed(DomainError):
    """The template does not allow it; `reason` is the code of what refused it."""

    code: ClassVar[str] = "deposit_not_allowed"
    status: ClassVar[int] = 422
    template: str
    reason: str
