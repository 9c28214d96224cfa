"""The guards of `document`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("document", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("document_document"),
        guards.only_grows("document_check"),
        guards.only_grows("document_failure"),
        guards.only_grows("document_logo"),
        guards.only_grows("document_design"),
        guards.only_grows("document_template"),
    ]
