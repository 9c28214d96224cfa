"""The sentences that the law or the trade wants on a document, said in the customer's language."""

from collections.abc import Iterator
from decimal import Decimal

from encaisse.document import rules
from encaisse.document.content import Accounting, InvoiceContent, Kind, Language, Line, Party, Tax, TaxKind
from encaisse.document.spelling import closing
from encaisse.document.wording import Wording
from encaisse.party.rules.nations import nation
from encaisse.party.rules.terms import PaymentTerms, Share, TermsKind

_EURO = "EUR"


def late_penalties(words: Wording, content: InvoiceContent) -> str:
    """The rate of late payment interest. Source: article L441-10 of the Code de commerce."""
    rate = content.terms.late_rate
    if not rate:
        return words.say("mention.late.default")
    return words.say("mention.late", rate=words.typed(rate))


def indemnity(words: Wording, content: InvoiceContent) -> str:
    """The fixed indemnity for recovery costs, which consumers do not owe. Source: article D441-5."""
    amount = words.round_money(content.terms.indemnity_minor, _EURO)
    key = "mention.indemnity" if content.buyer.is_business else "mention.indemnity.person"
    return words.say(key, amount=amount)


def agreed_delay(words: Wording, terms: PaymentTerms) -> str:
    """The payment terms in words, such as « 45 jours fin de mois, le 10 »."""
    if terms.shares:
        return ", ".join(_share(words, share) for share in terms.shares)
    if terms.kind is TermsKind.ON_RECEIPT or (terms.kind is TermsKind.NET_DAYS and not terms.days):
        return words.say("terms.on_receipt")
    days = words.say("days.many" if terms.days > 1 else "days.one", count=terms.days)
    if terms.kind is TermsKind.NET_DAYS:
        return words.say("terms.net_days", days=days)
    month = words.say("terms.end_of_month", days=days) if terms.days else words.say("terms.month_end")
    if terms.day is None:
        return month
    day = words.say("terms.first_day") if terms.day == 1 else terms.day
    return words.say("terms.on_day", terms=month, day=day)


def _share(words: Wording, share: Share) -> str:
    delay = agreed_delay(words, share.terms)
    key = "terms.share.days" if share.terms.days else "terms.share"
    return words.say(key, percent=words.percent(share.percent), terms=delay[0].lower() + delay[1:])


def payment_terms(words: Wording, content: InvoiceContent) -> str | None:
    """The agreed delay, with what falls due when if the invoice is payable in several instalments (BT-20)."""
    if content.kind is Kind.CREDIT_NOTE:
        return words.say("credit.text")
    if not content.terms.instalments:
        return content.terms.text
    dues = [
        words.say(
            "pay.instalment.value", date=words.short_date(day), amount=words.money(amount, content.currency)
        )
        for day, amount in content.terms.instalments
    ]
    return words.say("terms.schedule", terms=content.terms.text, dues=words.say("terms.and").join(dues))


def early_discount(words: Wording, content: InvoiceContent) -> str:
    """The discount for early payment, or that there is none. Source: article L441-9."""
    terms = content.terms.early_discount
    return words.say("mention.discount", terms=terms) if terms else words.say("mention.no_discount")


def reasons(words: Wording, content: InvoiceContent) -> Iterator[str]:
    """What the law wants beside the taxes: why an amount bears none, how they are declared; and that a test is one."""
    if content.is_test:
        yield words.say("mention.test")
    if said := total_in_words(words, content):
        yield said
    yield from dict.fromkeys(tax.mention for tax in content.taxes if tax.mention)
    if content.vat_on_debits:
        yield words.say("mention.debits")
    if content.vat_on_receipts and rules.is_french(content.seller):
        yield words.say("mention.receipts")
    if content.accounting:
        yield _equivalent(words, content.accounting)


def total_in_words(words: Wording, content: InvoiceContent) -> str | None:
    """What the document comes to in words, where that is the custom: in French alone, the language of the custom."""
    if not (nation(content.seller.address.country).says_total_in_words and words.language is Language.FRENCH):
        return None
    return closing(content.kind, abs(content.totals.gross_minor), content.currency)


def conditions(words: Wording, content: InvoiceContent) -> Iterator[str]:
    """The small print: the terms of payment, or what a credit note is good for."""
    if content.kind is Kind.CREDIT_NOTE:
        yield words.say("credit.text")
        return
    if not rules.answers_to_en_16931(content.seller.address.country):
        yield from _conditions_abroad(words, content)
        return
    yield early_discount(words, content)
    yield late_penalties(words, content)
    if content.buyer.is_business:
        yield indemnity(words, content)


def _conditions_abroad(words: Wording, content: InvoiceContent) -> Iterator[str]:
    """What was agreed, and the law of the seller's country where we know it: never that of France.

    Source: Morocco, Code de commerce, art. 78-2 and 78-3 (law 69-21).
    """
    if content.terms.early_discount:
        yield early_discount(words, content)
    if content.terms.late_rate:
        yield late_penalties(words, content)
    key = f"mention.late.{content.seller.address.country}"
    if content.buyer.is_business and words.knows(key):
        yield words.say(key)


def _equivalent(words: Wording, accounting: Accounting) -> str:
    told = accounting.exchange
    return words.say(
        "accounting",
        net=words.money(accounting.net_minor, accounting.currency),
        tax=words.money(accounting.tax_minor, accounting.currency),
        gross=words.money(accounting.gross_minor, accounting.currency),
        units=words.number(Decimal(told.units)),
        base=told.base,
        rate=words.number(told.rate),
        quote=told.quote,
    )


def tax_label(words: Wording, tax: Tax) -> str:
    """The name of a tax with its rate, or of the reason why none is charged."""
    rate = words.percent(tax.rate)
    if tax.per_unit is not None:
        amount = words.number(tax.per_unit, places=2)
        return words.say("tax.per_unit", label=tax.label or words.say("tax.unnamed"), amount=amount)
    if tax.kind is TaxKind.OTHER:
        return words.say("tax.other", label=tax.label or words.say("tax.unnamed"), rate=rate)
    return words.say(f"vat.{tax.category}", rate=rate)


def charge_reason(words: Wording, content: InvoiceContent) -> str:
    """Why the taxes that are not VAT bear none."""
    outside = (tax for tax in rules.other_taxes(content) if tax.vat_rate is None)
    labels = (tax.label or words.say("tax.unnamed") for tax in outside)
    return words.say("tax.other.reason", label=", ".join(dict.fromkeys(labels)))


def lot(words: Wording, line: Line, currency: str) -> str:
    """Quantity by unit price, for a line that is written as one lot."""
    quantity = " ".join(filter(None, (words.number(line.quantity), words.unit(line.unit))))
    return words.say("line.lot", quantity=quantity, price=words.price(line.unit_price, currency))


def legal_identity(words: Wording, party: Party) -> str:
    """Legal form, capital and register. Source: articles R123-237 and R123-238 of the Code de commerce."""
    form = party.legal_form
    if form and party.capital:
        form = words.say("legal.capital", form=form, capital=words.typed(party.capital))
    return ", ".join(filter(None, (form, registration(words, party))))


def registration(words: Wording, party: Party) -> str | None:
    """The register and the number under which it knows the party, unless they stand among its national numbers."""
    if party.national_numbers and not party.siren:
        return None
    if not party.siren:
        return party.register
    siren = words.grouped(party.siren, 3)
    return f"{party.register} {siren}" if party.register else words.say("legal.siren", siren=siren)


def spaced_siret(words: Wording, siret: str) -> str:
    """A SIRET as it is read: the SIREN by three, then the number of the establishment."""
    return words.joined(words.grouped(siret[:9], 3), siret[9:])
