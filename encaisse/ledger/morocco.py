"""The Moroccan chart of accounts (CGNC), by the accounts of the operating chart that each of its own answers for.

An account that is not listed answers with the longest beginning of its code that is. Source: Code général de
normalisation comptable (law 9-88), liste des comptes.
"""

from typing import Final

from encaisse.ledger.rules import ChartAccount

CHART: Final = "MA"
# The operating account, or what its code begins with; the Moroccan one, and its names.
_LISTED: Final = (
    ("16", "1487", "Dépôts et cautionnements reçus", "Deposits received"),
    ("41", "3421", "Clients", "Trade receivables"),
    ("416", "3424", "Clients douteux ou litigieux", "Doubtful receivables"),
    ("418", "3427", "Clients, factures à établir", "Revenue not yet billed"),
    ("419", "4421", "Clients, avances et acomptes reçus", "Advances received from customers"),
    ("44", "4458", "État, autres comptes créditeurs", "State, other payables"),
    ("445", "4455", "État, TVA facturée", "Output VAT"),
    ("44574", "44552", "État, TVA facturée en attente d’encaissement", "Output VAT awaiting payment"),
    ("44578", "4457", "État, impôts et taxes à payer", "Other taxes and duties"),
    ("447", "4457", "État, impôts et taxes à payer", "Other taxes and duties"),
    ("46", "4488", "Divers créanciers", "Sundry creditors"),
    ("47", "3497", "Comptes transitoires ou d’attente, débiteurs", "Suspense account"),
    ("48", "4491", "Produits constatés d’avance", "Deferred revenue"),
    ("5", "5141", "Banques", "Banks"),
    ("511", "5111", "Chèques à encaisser ou à l’encaissement", "Cheques to be cashed"),
    ("53", "5161", "Caisses", "Cash in hand"),
    ("6", "618", "Autres charges d’exploitation", "Other operating charges"),
    ("627", "6147", "Services bancaires", "Bank charges"),
    ("654", "6182", "Pertes sur créances irrécouvrables", "Bad debts"),
    ("66", "6331", "Pertes de change propres à l’exercice", "Exchange losses"),
    ("7", "7124", "Ventes de services produits au Maroc", "Sales of services"),
    ("701", "7121", "Ventes de biens produits au Maroc", "Sales of finished goods"),
    ("707", "7111", "Ventes de marchandises au Maroc", "Sales of goods"),
    ("708", "7127", "Ventes de produits accessoires", "Ancillary income"),
    ("7085", "71276", "Ports et frais accessoires facturés", "Postage and costs invoiced"),
    ("709", "7129", "Rabais, remises et ristournes accordés par l’entreprise", "Rebates granted"),
    ("75", "7581", "Pénalités et dédits reçus", "Penalties received"),
    ("76", "7381", "Intérêts et produits assimilés", "Interest received"),
    ("766", "7331", "Gains de change propres à l’exercice", "Exchange gains"),
    ("890", "3497", "Comptes transitoires ou d’attente, débiteurs", "Suspense account"),
)  # fmt: skip
ACCOUNTS: Final = {listed: ChartAccount(*account) for listed, *account in _LISTED}
