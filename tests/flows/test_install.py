"""What every installation begins with."""

import pytest

from encaisse.flows.install import install
from tests.flows.files import census

PACKAGES = ("access", "ledger", "tax")


@pytest.mark.django_db
def test_installing_again_changes_nothing():
    install()
    before = census(*PACKAGES)

    install()

    assert census(*PACKAGES) == before
    assert all(before[table][0] for table in ("access_role", "ledger_account", "tax_tax", "tax_rule"))
