"""The guards of `archive`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("archive", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("archive_file"),
    ]
