"""Every write of the ledger, gathered here: the chart, what is posted where, entries and official numbers."""

from encaisse.ledger.operations.chart import (
    change_mapping,
    close_account,
    first_day,
    install_chart,
    map_to,
    move_product,
    open_revenue_accounts,
    reopen_account,
    save_account,
)
from encaisse.ledger.operations.countries import install_country_charts, save_country_account
from encaisse.ledger.operations.deposits import post_movement
from encaisse.ledger.operations.journal import export_journal
from encaisse.ledger.operations.posting import (
    Fec,
    export_fec,
    fold_day_sums,
    keep_cut_off,
    number_entries,
    post_collected_vat,
    post_exchange_differences,
    post_invoices,
    post_openings,
    post_openings_withdrawn,
    post_payment,
    post_payment_return,
    post_payment_withdrawn,
)

__all__ = [
    "Fec",
    "change_mapping",
    "close_account",
    "export_fec",
    "export_journal",
    "first_day",
    "fold_day_sums",
    "install_chart",
    "install_country_charts",
    "keep_cut_off",
    "map_to",
    "move_product",
    "number_entries",
    "open_revenue_accounts",
    "post_collected_vat",
    "post_exchange_differences",
    "post_invoices",
    "post_movement",
    "post_openings",
    "post_openings_withdrawn",
    "post_payment",
    "post_payment_return",
    "post_payment_withdrawn",
    "reopen_account",
    "save_account",
    "save_country_account",
]
