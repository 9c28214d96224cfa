"""Why no tax could be chosen. Each is an exception of a run, never a guess."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class TaxRefused(DomainError):
    """No tax for what this buyer is sold at this place; `country` is the territory's ISO code."""

    code: ClassVar[str] = "tax_refused"
    status: ClassVar[int] = 422
    tax_class: str
    country: str
    postcode: str


@refusal
class UnknownTax(TaxRefused):
    """No rule says what tax applies there."""

    code: ClassVar[str] = "unknown_tax"


@refusal
class VatNumberMissing(TaxRefused):
    """The tax depends on a valid VAT number of the buyer's country, and the buyer has none."""

    code: ClassVar[str] = "vat_number_missing"


@refusal
class VatNumberInvalid(TaxRefused):
    """The tax depends on a VAT number, and the register of its country knows no such number."""

    code: ClassVar[str] = "vat_number_invalid"
    number: str


@refusal
class RegisterOff(DomainError):
    """This installation asks no register of VAT numbers."""

    code: ClassVar[str] = "register_off"


@refusal
class NoNumberToCheck(DomainError):
    """The account has no VAT number of a member state of the Union."""

    code: ClassVar[str] = "no_number_to_check"


@refusal
class AmbiguousTax(TaxRefused):
    """Several rules apply, and none is more specific than the others nor of higher priority."""

    code: ClassVar[str] = "ambiguous_tax"


@refusal
class GoodsDueOnDelivery(DomainError):
    """A French seller owes the VAT of goods when they are delivered. Source: CGI, art. 269, 2, a."""

    code: ClassVar[str] = "goods_due_on_delivery"
    status: ClassVar[int] = 422
    legal_entity_id: int
    tax_class: str


@refusal
class UnknownRegime(DomainError):
    """VAT is due on debits or on receipts."""

    code: ClassVar[str] = "unknown_vat_regime"
    status: ClassVar[int] = 422
    due_on: str


@refusal
class RuleTies(DomainError):
    """Another rule is as specific, would apply to the same sales, and says otherwise."""

    code: ClassVar[str] = "rule_ties"
    status: ClassVar[int] = 422
    answer: str


@refusal
class RuleEndsBeforeItBegins(DomainError):
    """The rule would end before its first day."""

    code: ClassVar[str] = "rule_ends_before_it_begins"
    status: ClassVar[int] = 422


@refusal
class RuleEndedAlready(DomainError):
    """The end of a rule is said once."""

    code: ClassVar[str] = "rule_ended_already"


@refusal
class UnknownRegion(DomainError):
    """No region has this code, or no postcode tells it."""

    code: ClassVar[str] = "unknown_region"
    status: ClassVar[int] = 422
    region: str


@refusal
class RegionElsewhere(DomainError):
    """The region is of another country."""

    code: ClassVar[str] = "region_elsewhere"
    status: ClassVar[int] = 422
    region: str
    country: str


@refusal
class PostcodesUnclear(DomainError):
    """Postcodes go from a lower one to a higher one, in one country."""

    code: ClassVar[str] = "postcodes_unclear"
    status: ClassVar[int] = 422
    postcode_from: str
    postcode_to: str


@refusal
class TaxCodeTaken(DomainError):
    """A tax has this code already, and taxes never change."""

    code: ClassVar[str] = "tax_code_taken"
    tax: str


@refusal
class TaxWithoutVat(DomainError):
    """A tax has one VAT among its components, though it may be of nothing."""

    code: ClassVar[str] = "tax_without_vat"
    status: ClassVar[int] = 422
    tax: str


@refusal
class TaxOutOfOrder(DomainError):
    """What enters the base of the VAT stands before it, and what does not after it."""

    code: ClassVar[str] = "tax_out_of_order"
    status: ClassVar[int] = 422
    tax: str


@refusal
class TaxWithoutMention(DomainError):
    """Where no VAT is charged, the law wants the reason printed, in both languages."""

    code: ClassVar[str] = "tax_without_mention"
    status: ClassVar[int] = 422
    tax: str
