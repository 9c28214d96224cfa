"""What every installation begins with: the chart of accounts, the taxes and their rules, the roles, the daily work."""

from django.db import transaction

from encaisse.access.operations.users import install_roles
from encaisse.kernel import schedules
from encaisse.ledger.operations import install_chart, install_country_charts
from encaisse.tax.operations import install_taxes


@transaction.atomic
def install() -> None:
    """The reference data is there. Repeatable: what a company changed of it stays as it is."""
    install_chart()
    install_country_charts()
    install_taxes()
    install_roles()
    schedules.install()
