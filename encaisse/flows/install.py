"""What every installation begins with: the chart of accounts, the taxes and their rules, the roles."""

from django.db import transaction

from encaisse.access.operations.users import install_roles
from encaisse.ledger.operations import install_chart
from encaisse.tax.operations import install_taxes


@transaction.atomic
def install() -> None:
    """The reference data is there. Repeatable: what a company changed of it stays as it is."""
    install_chart()
    install_taxes()
    install_roles()
