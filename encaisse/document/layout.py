"""A document as its template wants it: every text written out, nothing left to compute on the page."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from babel import Locale

from encaisse.document import mentions, rules
from encaisse.document.content import (
    Address,
    InvoiceContent,
    Kind,
    Language,
    Line,
    Party,
    PaymentMethod,
    Tax,
    TaxKind,
)
from encaisse.document.wording import Wording, wording

Row = tuple[str, str]


def page_data(content: InvoiceContent, qr_svg: str | None) -> dict[str, Any]:
    """What `templates/invoice.typ` prints; a part that the document does not have is None or empty.

    A credit note shows its amounts negative, as they stand in the books, and what it gives as a positive
    credit.
    """
    words = wording(content.language)
    discounted = any(line.discount_minor for line in content.lines)
    return {
        "lang": content.language,
        "title": words.say(f"title.{content.kind}"),
        "name": words.say(f"document.{content.kind}", number=content.number),
        "number": content.number,
        "page": words.say("page", page="{page}", pages="{pages}"),
        "attachment": words.say("attachment"),
        "seller": _seller(words, content.seller),
        "recipient": [content.buyer.name, *_address(content, content.buyer.address)],
        "facts": list(_facts(words, content)),
        "columns": _columns(words, discounted=discounted),
        "lines": [
            _line(words, content, *each, discounted=discounted) for each in enumerate(content.lines, 1)
        ],
        "tax_columns": [words.say("tax.title"), words.say("tax.base"), words.say("tax.amount")],
        "taxes": [_tax(words, tax, content.currency) for tax in content.taxes],
        "totals": list(_totals(words, content)),
        "payable": _payable(words, content),
        "payment": _payment(words, content, qr_svg) if content.kind is not Kind.CREDIT_NOTE else None,
        "reasons": list(mentions.reasons(words, content)),
        "conditions": list(mentions.conditions(words, content)),
        "design": _design(content),
        "legal": [" · ".join(parts) for parts in _legal(words, content)],
    }


def _design(content: InvoiceContent) -> dict[str, Any]:
    """What its legal entity chose; texts line by line."""
    chosen = content.appearance
    return {
        "accent": chosen.accent,
        "logo": chosen.logo_svg,
        "place": chosen.logo_place,
        "height": chosen.logo_mm,
        "fold_mark": chosen.fold_mark,
        "header": chosen.header.splitlines(),
        "payment": chosen.payment.splitlines(),
        "footer": chosen.footer.splitlines(),
    }


def _seller(words: Wording, seller: Party) -> dict[str, Any]:
    address = seller.address
    place = " ".join(filter(None, (address.postcode, address.city)))
    contact = [text for text in (seller.phone, seller.email) if text]
    return {"name": seller.name, "lines": [*address.lines, place], "contact": contact}


def _address(content: InvoiceContent, address: Address) -> Iterator[str]:
    """Source of the capitals: the French postal norm, NF Z10-011."""
    yield from address.lines
    place = " ".join(filter(None, (address.postcode, address.city)))
    yield place.upper() if rules.is_french_place(address) else place
    if address.country != content.seller.address.country:
        yield _country(content.language, address.country).upper()


@cache
def _country(language: Language, code: str) -> str:
    return str(Locale.parse(language).territories.get(code, code))


def _facts(words: Wording, content: InvoiceContent) -> Iterator[Row]:
    buyer, corrects, delivery = content.buyer, content.corrects, content.delivery
    told = {
        "issued": words.date(content.issue_date),
        "last_due" if content.terms.instalments else "due": content.due_date and words.date(content.due_date),
        "period": content.period and words.period(content.period),
        "supplied": None if content.period else words.date(rules.supply_date(content)),
        **({_relation(content.kind, corrects.kind): _correction(words, content)} if corrects else {}),
        "advances": _deducted(words, content),
        "reason": content.reason,
        "reference": buyer.reference,
        "siren": buyer.siren and words.grouped(buyer.siren, 3),
        "vat_number": buyer.vat_number,
        "purchase_order": content.purchase_order,
        "contract": content.contract,
        "buyer_reference": content.buyer_reference,
        "operation": _operation(words, content),
        "delivery": delivery and ", ".join(_address(content, delivery)),
    }
    for fact, value in told.items():
        if value:
            yield words.say(f"fact.{fact}"), value
    for name, number in buyer.national_numbers:
        yield words.say("fact.national", name=name), number


def _operation(words: Wording, content: InvoiceContent) -> str | None:
    """What European sellers say of what they sell. Source: CGI, annexe II, article 242 nonies A."""
    is_asked = rules.answers_to_en_16931(content.seller.address.country)
    return words.say(f"operation.{content.operation}") if is_asked else None


def _deducted(words: Wording, content: InvoiceContent) -> str:
    """The advances that are deducted, each with its date."""
    advances = dict.fromkeys(each.advance for each in content.deducts)
    told = (
        words.say("fact.corrects.value", number=each.number, date=words.short_date(each.issue_date))
        for each in advances
    )
    return ", ".join(told)


def _correction(words: Wording, content: InvoiceContent) -> str:
    assert content.corrects is not None
    number, issue_date, kind = content.corrects
    relation = _relation(content.kind, kind)
    return words.say(f"fact.{relation}.value", number=number, date=words.short_date(issue_date))


def _relation(kind: Kind, earlier: Kind) -> str:
    """What a document is to the earlier one that it names."""
    if kind is Kind.CREDIT_NOTE:
        return "corrects"
    return "cancels" if earlier is Kind.CREDIT_NOTE else "replaces"


def _columns(words: Wording, *, discounted: bool) -> list[str]:
    names = ["label", "quantity", "price", *(["discount"] if discounted else []), "rate", "net"]
    return [words.say(f"column.{name}") for name in names]


def _line(
    words: Wording, content: InvoiceContent, position: int, line: Line, *, discounted: bool
) -> dict[str, Any]:
    currency = content.currency
    cells = [
        words.joined(words.number(line.quantity), words.unit(line.unit)),
        words.price(line.unit_price, currency),
        *([_discount(words, line, currency)] if discounted else []),
        words.percent(line.vat_rate) if line.vat_rate else "–",
        words.amount(line.net_minor, currency),
    ]
    # The period of the whole document is among its facts already.
    own_period = line.period if line.period != content.period else None
    notes = (own_period and words.period(own_period), line.discount_reason if line.discount_minor else None)
    label = f"{position}. {line.label}" if content.appearance.numbered else line.label
    return {"label": label, "note": " · ".join(filter(None, notes)) or None, "cells": cells}


def _discount(words: Wording, line: Line, currency: str) -> str:
    if not line.discount_minor:
        return ""
    if line.discount_percent is not None:
        return words.percent(-line.discount_percent)
    return words.amount(-line.discount_minor, currency)


def _tax(words: Wording, tax: Tax, currency: str) -> list[str]:
    amounts = (tax.base_minor, tax.tax_minor)
    return [mentions.tax_label(words, tax), *(words.amount(minor, currency) for minor in amounts)]


def _totals(words: Wording, content: InvoiceContent) -> Iterator[tuple[str, str, bool]]:
    """The rows above the amount to pay, each with whether it stands out."""

    def row(key: str, minor: int, *, stands_out: bool = False) -> tuple[str, str, bool]:
        return words.say(f"total.{key}"), words.money(minor, content.currency), stands_out

    totals = content.totals
    discount = sum(line.discount_minor for line in content.lines)
    if discount or content.allowances:
        yield row("gross_lines", totals.net_minor + rules.allowance_minor(content) + discount)
    if discount:
        yield row("discounts", -discount)
    for reason, amount_minor in _allowances(words, content).items():
        yield reason, words.money(-amount_minor, content.currency), False
    yield row("net", totals.net_minor, stands_out=True)
    for tax in content.taxes:
        if tax.kind is TaxKind.OTHER or tax.tax_minor:
            yield mentions.tax_label(words, tax), words.money(tax.tax_minor, content.currency), False
    yield row("gross", totals.gross_minor, stands_out=True)
    yield from _advances(words, content)


def _advances(words: Wording, content: InvoiceContent) -> Iterator[tuple[str, str, bool]]:
    """What is deducted: each advance, net and VAT, and as a whole what was deducted before it was told apart."""
    for each in content.deducts:
        said = words.say(
            "total.advance",
            number=each.advance.number,
            net=words.money(abs(each.net_minor), content.currency),
            tax=words.money(abs(each.tax_minor), content.currency),
        )
        yield said, words.money(-each.net_minor - each.tax_minor, content.currency), False
    deducted = content.totals.deducted_minor
    if deducted and not content.deducts:
        yield words.say("total.deducted"), words.money(-deducted, content.currency), False


def _allowances(words: Wording, content: InvoiceContent) -> dict[str, int]:
    """What each discount of the document takes off all rates together, by its reason and percentage."""
    given: dict[str, int] = {}
    for each in content.allowances:
        percent = "" if each.percent is None else words.percent(each.percent)
        reason = words.joined(each.reason, percent)
        given[reason] = given.get(reason, 0) + each.amount_minor
    return given


def _payable(words: Wording, content: InvoiceContent) -> Row:
    payable = content.totals.payable_minor
    if content.kind is Kind.CREDIT_NOTE:
        return words.say("total.credited"), words.money(-payable, content.currency)
    return words.say("total.payable"), words.money(payable, content.currency)


def _payment(words: Wording, content: InvoiceContent, qr_svg: str | None) -> dict[str, Any]:
    terms = content.terms
    debited = terms.method is PaymentMethod.DIRECT_DEBIT
    told = {
        "by": words.say(f"method.{terms.method}"),
        "terms": terms.text,
        "due": None if terms.instalments else content.due_date and words.date(content.due_date),
        "iban": None if debited or not terms.iban else words.grouped(terms.iban, 4),
        "bic": None if debited else terms.bic,
        "reference": terms.reference and words.grouped(terms.reference, 4),
    }
    rows = [(words.say(f"pay.{name}"), value) for name, value in told.items() if value]
    rows[2:2] = _instalments(words, content)
    return {
        "title": words.say("pay.title"),
        "rows": rows,
        "hint": _hint(words, content),
        "qr": qr_svg if content.appearance.qr else None,
        "qr_hint": words.say("pay.qr.first" if terms.instalments else "pay.qr"),
        "qr_alt": words.say(
            "pay.qr.alt",
            amount=words.money(rules.first_payment(content), content.currency),
            seller=content.seller.name,
            reference=terms.reference or content.number,
        ),
    }


def _instalments(words: Wording, content: InvoiceContent) -> list[Row]:
    """Each with its place among all of them, under the conditions."""
    count = len(content.terms.instalments)
    return [
        (
            words.say("pay.instalment", position=position, count=count),
            words.say(
                "pay.instalment.value", date=words.date(day), amount=words.money(amount, content.currency)
            ),
        )
        for position, (day, amount) in enumerate(content.terms.instalments, 1)
    ]


def _hint(words: Wording, content: InvoiceContent) -> str | None:
    if content.terms.method is PaymentMethod.DIRECT_DEBIT:
        return words.say("pay.direct_debit")
    if content.terms.method is PaymentMethod.CHEQUE:
        return words.say("pay.cheque", seller=content.seller.name)
    return None


def _legal(words: Wording, content: InvoiceContent) -> Iterator[list[str]]:
    """Who the seller is, on every page. Source: articles R123-237 and R123-238 of the Code de commerce."""
    seller = content.seller
    identity = mentions.legal_identity(words, seller)
    yield [f"{seller.name}, {identity}" if identity else seller.name]
    numbers = [words.say("legal.seat", address=", ".join(_address(content, seller.address)))]
    if seller.siret:
        numbers.append(words.say("legal.siret", siret=mentions.spaced_siret(words, seller.siret)))
    if seller.vat_number:
        numbers.append(words.say("legal.vat_number", number=seller.vat_number))
    yield numbers
    if seller.national_numbers:
        yield [words.joined(name, number) for name, number in seller.national_numbers]
