"""Where the embedded server is, and how it is named."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from encaisse.database.layout import Layout, address


def test_an_address_is_computed_without_touching_the_disk():
    there = address(Path("/nowhere/at all"))

    assert there.socket == "/nowhere/at all/db/run/.s.PGSQL.5432"
    assert (there.port, there.dbname, there.owner, there.app) == (
        5432,
        "encaisse",
        "encaisse_owner",
        "encaisse_app",
    )


@pytest.mark.parametrize("home", ["/srv/encaisse", "/srv/é &+%?#/x=y"])
def test_a_url_gives_back_its_folder_role_and_database(home):
    there = address(Path(home))

    parts = urlsplit(there.url(there.app, "clone 1"))

    assert (parts.scheme, parts.username, parts.hostname, parts.path) == (
        "postgresql",
        "encaisse_app",
        None,
        "/clone%201",
    )
    assert dict(parse_qsl(parts.query)) == {"host": f"{home}/db/run", "port": "5432"}


def test_everything_the_server_writes_lies_in_one_folder():
    layout = Layout(Path("/srv/encaisse"))

    written = (
        layout.data,
        layout.run,
        layout.state,
        layout.lease,
        layout.lock,
        layout.log,
        layout.unfinished,
    )

    assert all(path.is_relative_to(layout.base) for path in written)
