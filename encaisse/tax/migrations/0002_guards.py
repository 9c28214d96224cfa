"""The guards of `tax`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("tax", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.never_goes("tax_tax"),
        guards.only_grows("tax_component"),
        guards.only_grows("tax_regime"),
        guards.only_grows("tax_choice"),
        guards.only_grows("tax_numbercheck"),
        guards.never_goes("tax_rule"),
        guards.frozen(
            "tax_rule",
            when="to_jsonb(OLD) - 'valid_to' IS DISTINCT FROM to_jsonb(NEW) - 'valid_to' OR OLD.valid_to IS NOT NULL",
            mutable=[],
            name="tax_rule_only_ends",
            why="documents name the rule that chose their tax",
        ),
    ]
