"""The Django app of `invoice`."""

from django.apps import AppConfig


class InvoiceConfig(AppConfig):
    """Registers the label `invoice`."""

    name = "encaisse.invoice"
    label = "invoice"
