"""What roles allow, in words, grouped by what people do."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

PERMISSIONS: Final[dict[str, Words]] = {
    "bill": gettext_lazy("Start runs, draft invoices by hand, cancel drafts"),
    "issue": gettext_lazy("Issue: number, seal and book drafts for ever"),
    "credit": gettext_lazy("Credit invoices, and bill again what was credited"),
    "record_payment": gettext_lazy("Record payments and returns"),
    "manage_deposits": gettext_lazy("Ask for security deposits, and keep their templates"),
    "refund_deposits": gettext_lazy("Give security deposits back, and approve what is proposed of them"),
    "allocate": gettext_lazy("Lay payments and credit notes on invoices, and take them back"),
    "edit_accounts": gettext_lazy("Change billing accounts: terms, references, identity, recipients"),
    "manage_offers": gettext_lazy("Make offers and set their prices"),
    "manage_contracts": gettext_lazy("Begin, change and end contracts"),
    "import": gettext_lazy("Bring in files: customers, contracts, prices, usage"),
    "read_ledger": gettext_lazy("Read the books, the VAT and the FEC"),
    "read_audit": gettext_lazy("Read the audit log: who did what, and when"),
    "configure": gettext_lazy("Change settings: legal entities, series, taxes, accounts, documents"),
    "integrate": gettext_lazy("Manage API keys and webhooks"),
    "manage_users": gettext_lazy("Manage users, roles and groups"),
}
GROUPS: Final[dict[str, tuple[Words, tuple[str, ...]]]] = {
    "billing": (gettext_lazy("Billing"), ("bill", "issue", "credit")),
    "money": (gettext_lazy("Payments"), ("record_payment", "allocate", "manage_deposits", "refund_deposits")),
    "selling": (
        gettext_lazy("Customers and what is sold"),
        ("edit_accounts", "manage_contracts", "manage_offers", "import"),
    ),
    "reading": (gettext_lazy("Books and traces"), ("read_ledger", "read_audit")),
    "settings": (gettext_lazy("Settings"), ("configure", "integrate", "manage_users")),
}
LEVELS_AT_LENGTH: Final[dict[str, Words]] = {
    "everything": gettext_lazy("Every customer"),
    "groups": gettext_lazy("The customers of the groups led: for group leaders"),
    "own": gettext_lazy("Own customers: for sales representatives"),
}
