"""Every address of the desk. A page module is gathered here once it is named here."""

from typing import Final

from encaisse.desk import addresses
from encaisse.desk.pages import (
    account_forms,
    accounts,
    api_keys,
    audit,
    books,
    by_hand,
    chart,
    contract_events,
    contracts,
    correct,
    customers,
    cycles,
    dashboard,
    design,
    discounts,
    document,
    documents,
    entities,
    imports,
    inclusions,
    invoice,
    invoices,
    jobs,
    ledger,
    login,
    new_contract,
    new_run,
    offers,
    payment,
    payments,
    prices,
    roles,
    run_acts,
    run_report,
    runs,
    second_factor,
    series,
    settings,
    taxes,
    teams,
    usage,
    users,
    vat,
    webhooks,
)
from encaisse.desk.routes import Route

addresses.register()

# In the order of the navigation.
PAGES: Final = (
    login, dashboard, invoices, invoice, correct, document, documents, by_hand, runs, new_run, run_acts, run_report,
    cycles, usage, offers, inclusions, prices, payments, payment, customers, accounts, discounts, account_forms,
    contracts, new_contract, contract_events, ledger, vat, books, imports, audit, settings, entities, design,
    series, taxes, chart,
    users, second_factor, roles, teams,
    jobs, api_keys, webhooks,
)  # fmt: skip
ROUTES: Final[tuple[Route, ...]] = tuple(route for page in PAGES for route in page.routes)

app_name = "desk"
urlpatterns = [route.pattern() for route in ROUTES]
