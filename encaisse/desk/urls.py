"""Every address of the desk. A page module is gathered here once it is named here."""

from typing import Final

from encaisse.desk import addresses, exports, saved_views
from encaisse.desk.pages import (
    account_forms,
    accounts,
    advance_rules,
    advances,
    api_keys,
    audit,
    books,
    bring,
    by_hand,
    calendar,
    categories,
    chart,
    contract_events,
    contracts,
    correct,
    country_chart,
    customer_forms,
    customers,
    cut_off,
    cycles,
    dashboard,
    deposit_acts,
    deposit_proposals,
    deposit_templates,
    deposits,
    design,
    discounts,
    document,
    documents,
    entities,
    group,
    imports,
    inclusions,
    invoice,
    invoices,
    jobs,
    ledger,
    login,
    mass,
    new_contract,
    new_run,
    offers,
    palette,
    payment,
    payments,
    pdfs,
    prices,
    quarantine,
    rates,
    roles,
    run_acts,
    run_files,
    run_report,
    runs,
    second_factor,
    series,
    settings,
    tags,
    tax_reasons,
    taxes,
    teams,
    template,
    usage,
    users,
    validation_rules,
    vat,
    vat_numbers,
    view_pages,
    webhooks,
)
from encaisse.desk.routes import Route

addresses.register()

# In the order of the navigation.
PAGES: Final = (
    login, dashboard, group, invoices, invoice, tags, tax_reasons, correct, document, documents, by_hand, runs,
    new_run, run_acts,
    run_files, run_report, quarantine, cycles, validation_rules, usage, offers, inclusions, prices, advance_rules,
    payments, payment, advances, deposits, deposit_proposals, deposit_acts,
    customer_forms, customers, accounts, vat_numbers,
    discounts, account_forms, contracts, new_contract, contract_events, ledger, vat, cut_off, books, imports, bring,
    pdfs, audit, settings, entities, design, template, series, deposit_templates, taxes, categories, rates,
    chart, country_chart, users,
    second_factor, roles, teams, jobs, mass, api_keys, view_pages, webhooks, calendar, palette,
)  # fmt: skip
_OWN: Final[tuple[Route, ...]] = tuple(saved_views.opening(route) for page in PAGES for route in page.routes)
ROUTES: Final[tuple[Route, ...]] = (*_OWN, *exports.routes(_OWN))

app_name = "desk"
urlpatterns = [route.pattern() for route in ROUTES]
