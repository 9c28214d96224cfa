"""What fields hold: references, amounts, decimals, texts, and the pages of a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from ninja import Schema
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from encaisse.api.requests import ProgramRequest
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import key_of, public_id

Row = TypeVar("Row")
Said = TypeVar("Said", bound=Schema)
LARGEST: Final = Decimal(10**13)
MOST: Final = 200
USUAL: Final = 50
_DECIMAL: Final = r"^-?[0-9]{1,14}(\.[0-9]{1,6})?$"
_UNPRINTABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Named:
    """A reference that a program sends stands for the row's key."""

    prefix: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The key, once the reference is one."""
        return core_schema.no_info_plain_validator_function(self._key)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """As programs write it."""
        return _reference(self.prefix)

    def _key(self, value: object) -> int:
        try:
            return key_of(self.prefix, value if isinstance(value, str) else "")
        except NotFound:
            facts = {"example": _example(self.prefix)}
            raise PydanticCustomError("reference", "not a reference", facts) from None


@dataclass(frozen=True)
class Names:
    """A key that a program receives is told as the row's reference."""

    prefix: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The key, told as a text."""
        said = core_schema.plain_serializer_function_ser_schema(
            lambda key: public_id(self.prefix, key), return_schema=core_schema.str_schema()
        )
        return core_schema.int_schema(serialization=said)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """As programs read it."""
        return _reference(self.prefix)


@dataclass(frozen=True)
class Text:
    """A text that a program sends: no longer than this, and nothing in it that no text may hold."""

    longest: int
    shortest: int = 0
    pattern: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text within its bounds."""
        bounded = core_schema.str_schema(
            min_length=self.shortest or None, max_length=self.longest, pattern=self.pattern
        )
        return core_schema.no_info_after_validator_function(_printable, bounded)


def _reference(prefix: str) -> dict[str, Any]:
    pattern = f"^{prefix}_[0-9a-hjkmnp-tv-z]{{10}}$"
    return {"type": "string", "pattern": pattern, "examples": [_example(prefix)]}


def _example(prefix: str) -> str:
    return f"{prefix}_7k2m9q0d4w"


def _decimal(value: object) -> Decimal:
    if not isinstance(value, str) or not re.fullmatch(_DECIMAL, value, re.ASCII):
        raise PydanticCustomError("decimal", "not a decimal")
    return Decimal(value)


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _printable(text: str) -> str:
    if _UNPRINTABLE.search(text):
        raise PydanticCustomError("not_printable", "not printable")
    return text


_WRITTEN: Final = {"type": "string", "pattern": _DECIMAL, "examples": ["12.50"]}
_SAID: Final = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["12.5"]}

# What programs send.
InvoiceKey = Annotated[int, Named("inv")]
DepositKey = Annotated[int, Named("dep")]
DepositTemplateKey = Annotated[int, Named("dpt")]
ProposalKey = Annotated[int, Named("dpp")]
MovementKey = Annotated[int, Named("dmv")]
PaymentKey = Annotated[int, Named("pay")]
CustomerKey = Annotated[int, Named("cus")]
AccountKey = Annotated[int, Named("ba")]
EntityKey = Annotated[int, Named("le")]
ContractKey = Annotated[int, Named("sub")]
RunKey = Annotated[int, Named("run")]
TrialKey = Annotated[int, Named("try")]
CycleKey = Annotated[int, Named("cyc")]
OfferKey = Annotated[int, Named("off")]
PriceKey = Annotated[int, Named("prc")]
EntryKey = Annotated[int, Named("ent")]
UserKey = Annotated[int, Named("usr")]
ImportKey = Annotated[int, Named("imp")]
JobKey = Annotated[int, Named("job")]
ProductKey = Annotated[int, Named("prd")]
AllocationKey = Annotated[int, Named("alo")]
DiscountKey = Annotated[int, Named("dis")]
LineKey = Annotated[int, Named("lin")]
EventKey = Annotated[int, Named("evt")]
WebhookKey = Annotated[int, Named("wh")]
MessageKey = Annotated[int, Named("msg")]
RateKey = Annotated[int, Named("rat")]
RuleKey = Annotated[int, Named("vru")]
RoleKey = Annotated[int, Named("rol")]
GroupKey = Annotated[int, Named("grp")]
TaxRuleKey = Annotated[int, Named("txr")]
CategoryKey = Annotated[int, Named("cat")]
ScheduleKey = Annotated[int, Named("sch")]
LogoKey = Annotated[int, Named("lgo")]
ChargeKey = Annotated[int, Named("chg")]
AuditKey = Annotated[int, Named("aud")]
DecimalGiven = Annotated[Decimal, BeforeValidator(_decimal), WithJsonSchema(_WRITTEN)]
MinorGiven = Annotated[int, Field(strict=True, ge=1, le=10**15, examples=[1250])]
CurrencyGiven = Annotated[str, Text(3, 3, "^[A-Z]{3}$")]
LineGiven = Annotated[str, Text(200)]
Name = Annotated[str, Text(200, 1)]
Search = Annotated[str, Text(100)]
Code = Annotated[str, Text(100)]

# What programs receive.
InvoiceRef = Annotated[int, Names("inv")]
DepositRef = Annotated[int, Names("dep")]
DepositTemplateRef = Annotated[int, Names("dpt")]
ProposalRef = Annotated[int, Names("dpp")]
MovementRef = Annotated[int, Names("dmv")]
PaymentRef = Annotated[int, Names("pay")]
CustomerRef = Annotated[int, Names("cus")]
AccountRef = Annotated[int, Names("ba")]
EntityRef = Annotated[int, Names("le")]
ContractRef = Annotated[int, Names("sub")]
RunRef = Annotated[int, Names("run")]
TrialRef = Annotated[int, Names("try")]
CycleRef = Annotated[int, Names("cyc")]
OfferRef = Annotated[int, Names("off")]
PriceRef = Annotated[int, Names("prc")]
EntryRef = Annotated[int, Names("ent")]
UserRef = Annotated[int, Names("usr")]
ImportRef = Annotated[int, Names("imp")]
JobRef = Annotated[int, Names("job")]
ProductRef = Annotated[int, Names("prd")]
AllocationRef = Annotated[int, Names("alo")]
DiscountRef = Annotated[int, Names("dis")]
LineRef = Annotated[int, Names("lin")]
EventRef = Annotated[int, Names("evt")]
WebhookRef = Annotated[int, Names("wh")]
MessageRef = Annotated[int, Names("msg")]
RateRef = Annotated[int, Names("rat")]
RuleRef = Annotated[int, Names("vru")]
RoleRef = Annotated[int, Names("rol")]
GroupRef = Annotated[int, Names("grp")]
TaxRuleRef = Annotated[int, Names("txr")]
CategoryRef = Annotated[int, Names("cat")]
ScheduleRef = Annotated[int, Names("sch")]
LogoRef = Annotated[int, Names("lgo")]
ChargeRef = Annotated[int, Names("chg")]
AuditRef = Annotated[int, Names("aud")]
DecimalTold = Annotated[
    Decimal, PlainSerializer(_plain, return_type=str), WithJsonSchema(_SAID, mode="serialization")
]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["EUR"])]
Minor = Annotated[
    int, Field(description="Whole minor units of the currency: 1250 is 12.50 €.", examples=[1250])
]


class Given(Schema):
    """What a program sends: a field that nobody knows is a mistake, and told so."""

    model_config = ConfigDict(extra="forbid")


class Told(Schema):
    """What a program receives."""


def one_of(said: Said, *names: str, needed: bool = True) -> Said:
    """The same, which says one of these, or none at all unless one is `needed`."""
    count = sum(getattr(said, name) is not None for name in names)
    if count > 1 or (needed and count == 0):
        raise PydanticCustomError("one_of", "one of them", {"names": ", ".join(names)})
    return said


def within_reach(said: Said, quantity: Decimal, unit_price: Decimal) -> Said:
    """The same, whose product the books can hold."""
    if abs(quantity * unit_price) >= LARGEST:
        raise PydanticCustomError("too_large", "too large")
    return said


class Paging(Schema):
    """Which rows of a list: `limit` of them, after the one that the last page ended with."""

    limit: int = Field(USUAL, ge=1, le=MOST)


class Page(Schema, Generic[Row]):
    """One page of a list. `next` is the address of the following one, as long as `has_more`."""

    data: list[Row]
    has_more: bool
    next: str | None = None


def page(request: ProgramRequest, prefix: str, rows: Sequence[Any], limit: int) -> dict[str, Any]:
    """One page of rows, of which one more than `limit` was asked for."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {
        "data": shown,
        "has_more": more,
        "next": next_page(request, prefix, shown[-1].id) if more else None,
    }


def whole(rows: Sequence[Any]) -> dict[str, Any]:
    """A list that is told whole, being short by nature."""
    return {"data": rows, "has_more": False, "next": None}


def next_page(request: ProgramRequest, prefix: str, last: int) -> str:
    """The address of the page after the row `last`: the same question, further on."""
    asked = {name: value for name, value in request.GET.items() if name != "after"}
    return f"{request.path}?{urlencode(asked | {'after': public_id(prefix, last)})}"
