"""Every address of the desk. A page module is gathered here once it is named here."""

from typing import Final

from encaisse.desk import addresses
from encaisse.desk.pages import (
    accounts,
    books,
    by_hand,
    contracts,
    customers,
    dashboard,
    document,
    imports,
    invoice,
    invoices,
    ledger,
    login,
    payment,
    payments,
    runs,
    users,
)
from encaisse.desk.routes import Route

addresses.register()

# In the order of the navigation.
PAGES: Final = (
    login, dashboard, invoices, invoice, document, by_hand, runs, payments, payment, customers, accounts, contracts,
    ledger, books, imports, users,
)  # fmt: skip
ROUTES: Final[tuple[Route, ...]] = tuple(route for page in PAGES for route in page.routes)

app_name = "desk"
urlpatterns = [route.pattern() for route in ROUTES]
