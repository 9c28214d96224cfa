"""Why a party, or a fact about one, is refused."""

from decimal import Decimal
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class PartyRefused(DomainError):
    """A fact about a party cannot be true as it is written."""

    code: ClassVar[str] = "party_refused"
    status: ClassVar[int] = 422


@refusal
class SirenInvalid(PartyRefused):
    """The SIREN has not nine digits, or fails its check digit."""

    code: ClassVar[str] = "siren_invalid"


@refusal
class SiretInvalid(PartyRefused):
    """The SIRET has not fourteen digits, or fails its check digit."""

    code: ClassVar[str] = "siret_invalid"


@refusal
class SiretNotOfSiren(PartyRefused):
    """The SIRET is sound, but belongs to another company than the SIREN."""

    code: ClassVar[str] = "siret_not_of_siren"
    siren: str


@refusal
class VatNumberInvalid(PartyRefused):
    """The VAT number has not its country's form, or fails its check digits."""

    code: ClassVar[str] = "vat_number_invalid"


@refusal
class VatNumberNotOfSiren(PartyRefused):
    """The French VAT number is sound, but belongs to another company than the SIREN."""

    code: ClassVar[str] = "vat_number_not_of_siren"
    siren: str


@refusal
class IceInvalid(PartyRefused):
    """The ICE has not fifteen digits, or its last two do not check the others."""

    code: ClassVar[str] = "ice_invalid"


@refusal
class NationalNumberInvalid(PartyRefused):
    """The number has not the form that its country gives it; `label` is what it is called there."""

    code: ClassVar[str] = "national_number_invalid"
    field: str
    label: str


@refusal
class IbanInvalid(PartyRefused):
    """The IBAN has not its country's form, or fails its check digits."""

    code: ClassVar[str] = "iban_invalid"


@refusal
class BicInvalid(PartyRefused):
    """The BIC has not the form of ISO 9362."""

    code: ClassVar[str] = "bic_invalid"


@refusal
class EmailInvalid(PartyRefused):
    """The address has not the form of an e-mail address."""

    code: ClassVar[str] = "email_invalid"


@refusal
class CountryUnknown(PartyRefused):
    """The text is no country's ISO code, nor a name of it that we know."""

    code: ClassVar[str] = "country_unknown"


@refusal
class PostcodeInvalid(PartyRefused):
    """The postcode has not the form of its country's; `country` is the ISO code."""

    code: ClassVar[str] = "postcode_invalid"
    country: str


@refusal
class PaymentTermsUnknown(PartyRefused):
    """The text names no payment terms that we can compute a due date from."""

    code: ClassVar[str] = "payment_terms_unknown"


@refusal
class InstalmentsNotWhole(PartyRefused):
    """The shares of the instalments add up to `total` %, not to 100 %."""

    code: ClassVar[str] = "instalments_not_whole"
    total: Decimal


@refusal
class PaymentMethodUnknown(PartyRefused):
    """The text names no way to pay."""

    code: ClassVar[str] = "payment_method_unknown"


@refusal
class PrefixInvalid(PartyRefused):
    """A number would begin with what BR-FR-01 does not allow, or with more than 20 characters."""

    code: ClassVar[str] = "prefix_invalid"


@refusal
class TimezoneUnknown(PartyRefused):
    """The text is no time zone of the IANA database."""

    code: ClassVar[str] = "timezone_unknown"


@refusal
class TermsExceedTheLaw(PartyRefused):
    """French businesses agree on 60 days or 45 days end of month at most: told as a warning, never refused."""

    code: ClassVar[str] = "terms_exceed_the_law"


@refusal
class ReferenceRequired(PartyRefused):
    """The account requires a reference on its documents, `required` says which, and none is there."""

    code: ClassVar[str] = "reference_required"
    required: str


@refusal
class ReferenceTaken(PartyRefused):
    """The reference is that of a customer or of a billing account which do not belong together."""

    code: ClassVar[str] = "reference_taken"


@refusal
class AccountOfAnotherEntity(PartyRefused):
    """The billing account of this reference belongs to another legal entity, and stays there."""

    code: ClassVar[str] = "account_of_another_entity"


@refusal
class AccountKeepsItsCurrency(PartyRefused):
    """A billing account is owed in one currency for ever; another one needs another account."""

    code: ClassVar[str] = "account_keeps_its_currency"
    currency: str


@refusal
class EntityKeepsItsCurrency(PartyRefused):
    """The books of a legal entity are in one currency for ever."""

    code: ClassVar[str] = "entity_keeps_its_currency"
    currency: str


@refusal
class RepUnknown(PartyRefused):
    """No representative has this code."""

    code: ClassVar[str] = "rep_unknown"
    rep: str


@refusal
class DuplicateFound(PartyRefused):
    """A customer that is there looks like the same: by its SIREN, its VAT number, or its name and address."""

    code: ClassVar[str] = "duplicate_found"
    reference: str
    name: str
    by: str


@refusal
class GroupNameTaken(DomainError):
    """Another group has this name, or the name has no letter."""

    code: ClassVar[str] = "group_name_taken"
    group: str


@refusal
class RepNameTaken(DomainError):
    """Another representative has this name, or the name has no letter."""

    code: ClassVar[str] = "rep_name_taken"
    rep: str


@refusal
class UnknownCategory(DomainError):
    """No category of customers has this code."""

    code: ClassVar[str] = "unknown_category"
    status: ClassVar[int] = 422
    category: str


@refusal
class CategoryCodeTaken(DomainError):
    """Another category of customers has this code."""

    code: ClassVar[str] = "category_code_taken"
    category: str


@refusal
class CategoryCodeUnclear(DomainError):
    """A code is of small letters, digits and hyphens, forty at most."""

    code: ClassVar[str] = "category_code_unclear"
    status: ClassVar[int] = 422
    category: str
