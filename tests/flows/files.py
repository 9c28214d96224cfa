"""Files to import, and what the database holds before and after."""

import io
from pathlib import Path

from django.apps import apps

SAMPLES = Path(__file__).parents[2] / "samples"


def csv(*records: dict[str, str], headings: list[str] | None = None) -> io.BytesIO:
    """A CSV of these records, in UTF-8 with semicolons."""
    names = headings or list(dict.fromkeys(name for record in records for name in record))
    quoted = [
        ";".join('"' + record.get(name, "").replace('"', '""') + '"' for name in names) for record in records
    ]
    return io.BytesIO("\n".join([";".join(names), *quoted]).encode())


def census(*packages: str) -> dict[str, tuple[int, int]]:
    """How many rows each table of these packages has, and its highest key."""
    found = {}
    for package in packages:
        for model in apps.get_app_config(package).get_models():
            newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
            found[model._meta.db_table] = (model._default_manager.count(), newest or 0)
    return found
