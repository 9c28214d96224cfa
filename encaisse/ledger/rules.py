"""The chart that we post to, where money received goes, and how a line of the FEC is written."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from encaisse.kernel.money import from_minor, split


class ChartAccount(NamedTuple):
    """One account of the plan comptable général."""

    code: str
    name_fr: str
    name_en: str


RECEIVABLE: Final = "411"
DEPOSITS: Final = "165"
VAT_WAITING: Final = "44574"
OPENING: Final = "890"
ADVANCES: Final = "4191"
ADVANCES_ASKED: Final = "41919"
SUSPENSE: Final = "471"
DEFERRED: Final = "487"
ACCRUED: Final = "418"
EXCHANGE_LOSS: Final = "666"
EXCHANGE_GAIN: Final = "766"

# Source: plan comptable général (règlement ANC 2014-03), the accounts that this ledger posts to or soon will.
CHART: Final = (
    ChartAccount(DEPOSITS, "Dépôts et cautionnements reçus", "Deposits received"),
    ChartAccount("411", "Clients", "Trade receivables"),
    ChartAccount("416", "Clients douteux ou litigieux", "Doubtful receivables"),
    ChartAccount(ACCRUED, "Clients – Produits non encore facturés", "Revenue not yet billed"),
    ChartAccount(
        ADVANCES_ASKED, "Clients – Acomptes facturés, non encaissés", "Advances asked for and not received"
    ),
    ChartAccount(
        ADVANCES, "Clients – Avances et acomptes reçus sur commandes", "Advances received from customers"
    ),
    ChartAccount("44571", "TVA collectée", "Output VAT"),
    ChartAccount(VAT_WAITING, "TVA collectée en attente", "Output VAT awaiting payment"),
    ChartAccount("44578", "Taxes assimilées à la TVA", "Taxes similar to VAT"),
    ChartAccount("44587", "TVA sur factures à établir", "VAT on invoices to be issued"),
    ChartAccount("447", "Autres impôts, taxes et versements assimilés", "Other taxes and duties"),
    ChartAccount(SUSPENSE, "Comptes d’attente", "Suspense account"),
    ChartAccount(DEFERRED, "Produits constatés d’avance", "Deferred revenue"),
    ChartAccount("5112", "Chèques à encaisser", "Cheques to be cashed"),
    ChartAccount("512", "Banques", "Banks"),
    ChartAccount("53", "Caisse", "Cash in hand"),
    ChartAccount("627", "Services bancaires et assimilés", "Bank charges"),
    ChartAccount("654", "Pertes sur créances irrécouvrables", "Bad debts"),
    ChartAccount("658", "Charges diverses de gestion courante", "Other operating charges"),
    ChartAccount(EXCHANGE_LOSS, "Pertes de change financières", "Exchange losses"),
    ChartAccount("701", "Ventes de produits finis", "Sales of finished goods"),
    ChartAccount("706", "Prestations de services", "Sales of services"),
    ChartAccount("707", "Ventes de marchandises", "Sales of goods"),
    ChartAccount("708", "Produits des activités annexes", "Ancillary income"),
    ChartAccount("7085", "Ports et frais accessoires facturés", "Postage and costs invoiced"),
    ChartAccount("709", "Rabais, remises et ristournes accordés", "Rebates granted"),
    ChartAccount("758", "Produits divers de gestion courante", "Other operating income"),
    ChartAccount("763", "Revenus des autres créances", "Interest on receivables"),
    ChartAccount(EXCHANGE_GAIN, "Gains de change financiers", "Exchange gains"),
    ChartAccount(OPENING, "Bilan d’ouverture", "Opening balance"),
)


# The chart that everything is posted by. The books of an entity elsewhere are shown by the chart of its country.
OPERATING: Final = "FR"


def answering(listed: Mapping[str, ChartAccount], code: str) -> ChartAccount | None:
    """The account that answers for this one: listed by its code, or by the longest beginning of it."""
    for length in range(len(code), 0, -1):
        if account := listed.get(code[:length]):
            return account
    return None


class Till(NamedTuple):
    """Where money received by one method is debited, and in which journal."""

    journal: str
    account: str


TILLS: Final = {
    "transfer": Till("BQ", "512"),
    "cheque": Till("BQ", "5112"),
    "cash": Till("CA", "53"),
    # What settled elsewhere is in the bank account of the old books, which the accountant clears.
    "external": Till("OD", SUSPENSE),
    "carried": Till("AN", OPENING),
}

# What the code of an account begins with that each kind of mapping may name. Class 7 is income, 4191 advances and 467
# what is billed for others; 445 is VAT, 447 other taxes; class 5 is money, 47 what waits. Source: the PCG.
CLASSES: Final = {
    "receivable": ("411",),
    "method": ("5", "47"),
    "tax": ("445", "447", "448"),
    "product": ("7", "4191", "467"),
}
# What is posted to them is not of anybody's choice: guards and invariants know these accounts by their code.
FIXED: Final = {"waiting": VAT_WAITING, "opening": OPENING, "deposits": DEPOSITS}
# Credits carried over are in the opening balance, whatever is said of methods.
CARRIED: Final = "carried"
# Accounts of these classes are settled as a whole when a year is closed, and not one by one.
SETTLED_WITH_THE_YEAR: Final = ("6", "7")

# The FEC is a French legal file, whatever the language of its reader.
JOURNAL_NAMES: Final = {
    "VE": "Ventes",
    "BQ": "Banque",
    "CA": "Caisse",
    "OD": "Opérations diverses",
    "AN": "À-nouveaux",
}

# Source: article A47 A-1 of the Livre des procédures fiscales, in the legal order.
FEC_COLUMNS: Final = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
    "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
    "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip


LABELS: Final = {
    "invoice": "Facture",
    "credit_note": "Avoir",
    "payment": "Règlement",
    "payment_return": "Règlement impayé",
    "payment_withdrawn": "Annulation de règlement repris",
    "vat_collected": "TVA encaissée",
    "exchange": "Différence de change",
    "advance_collected": "Acompte encaissé",
    "advance_deducted": "Acompte déduit",
    "opening": "À-nouveau",
    "opening_withdrawn": "Annulation d’à-nouveau",
    "deposit": "Dépôt de garantie",
}


class FecPosting(NamedTuple):
    """One posting with all that its line in the FEC says; fields as in `fec_postings.sql`, in order."""

    journal: str
    number: int
    date: dt.date
    account: str
    account_name: str
    billing_account: str
    customer: str
    piece: str
    piece_date: dt.date
    kind: str
    party: str
    amount_minor: int
    currency: str
    valid_on: dt.date
    foreign_minor: int | None
    foreign_currency: str


def fec_header() -> str:
    """The names of the eighteen columns."""
    return "\t".join(FEC_COLUMNS)


def fec_line(posting: FecPosting) -> str:
    """The posting as eighteen columns between tabs: unsigned amounts with a decimal comma, dates AAAAMMJJ.

    Lettering is not kept on entries, so its two columns stay empty.
    """
    columns = (
        posting.journal,
        JOURNAL_NAMES[posting.journal],
        str(posting.number),
        _day(posting.date),
        posting.account,
        posting.account_name,
        posting.billing_account,
        posting.customer,
        posting.piece,
        _day(posting.piece_date),
        f"{LABELS[posting.kind]} {posting.piece} {posting.party}",
        _amount(max(posting.amount_minor, 0), posting.currency),
        _amount(max(-posting.amount_minor, 0), posting.currency),
        "",
        "",
        _day(posting.valid_on),
        "" if posting.foreign_minor is None else _amount(posting.foreign_minor, posting.foreign_currency),
        posting.foreign_currency,
    )
    return "\t".join(_clean(column) for column in columns)


def fec_name(siren: str, year: int) -> str:
    """The legal name of the file: the SIREN, FEC, and the day on which the year closes."""
    return f"{siren}FEC{year}1231.txt"


def _amount(amount_minor: int, currency: str) -> str:
    return str(from_minor(amount_minor, currency)).replace(".", ",")


def _day(date: dt.date) -> str:
    return date.strftime("%Y%m%d")


def _clean(column: str) -> str:
    # A tab or a line end within a name would shift every column after it.
    return " ".join(column.split())


class Portion(NamedTuple):
    """An amount cut at a day: what its period has earned by then, and what it has yet to earn."""

    earned_minor: int
    left_minor: int


def cut(amount_minor: int, first: dt.date, until: dt.date, after: dt.date) -> Portion:
    """What of the period from `first` to `until`, exclusive, lies before the day `after`, and what from it on.

    By the day, by the largest remainder: both add up to the amount, and what is given back mirrors what was billed.
    """
    days = (until - first).days
    earned = min(max((after - first).days, 0), days)
    return Portion(*split(amount_minor, (earned, days - earned)))


def cut_off_entry(
    deferred: Iterable[tuple[str, int]], accrued: Iterable[tuple[str, int]]
) -> Mapping[str, int]:
    """What each account is posted at the end of the day, debit positive, from amounts by revenue account.

    Sales lose what is billed ahead to 487 and gain what is earned and unbilled through 418. The postings sum to
    zero, and the next day their opposite takes them back. Source: PCG art. 944-48 and 944-41; without VAT.
    """
    posted: Counter[str] = Counter()
    for account, amount_minor in deferred:
        posted[account] += amount_minor
        posted[DEFERRED] -= amount_minor
    for account, amount_minor in accrued:
        posted[account] -= amount_minor
        posted[ACCRUED] += amount_minor
    return {account: amount for account, amount in sorted(posted.items()) if amount}


class Cut(NamedTuple):
    """One line or charge cut at a day: of `amount_minor` without taxes, `cut_minor` is billed ahead, or unbilled.

    `document_id` is 0 while nothing bills it; `on` is the date of the document, or from when it can be billed.
    Names are in French and English.
    """

    document_id: int
    number: str
    on: dt.date
    account_id: int
    account: str
    customer_id: int
    customer: str
    product: str
    name_fr: str
    name_en: str
    revenue_account: str
    offer: str
    label: str
    period_from: dt.date | None
    period_to: dt.date | None
    amount_minor: int
    cut_minor: int


class CutSum(NamedTuple):
    """What the lines of a figure come to, of one product posted to one account."""

    figure: str
    revenue_account: str
    product: str
    name_fr: str
    name_en: str
    lines: int
    cut_minor: int


def summed(figure: str, cuts: Iterable[Cut]) -> list[CutSum]:
    """The sums of a figure, in the order of accounts and products."""
    lines: Counter[tuple[str, str, str, str]] = Counter()
    total: Counter[tuple[str, str, str, str]] = Counter()
    for each in cuts:
        key = (each.revenue_account, each.product, each.name_fr, each.name_en)
        lines[key] += 1
        total[key] += each.cut_minor
    return [CutSum(figure, *key, lines[key], total[key]) for key in sorted(lines)]
