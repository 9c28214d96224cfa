"""The Django app of `kernel`."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Registers the label `kernel`."""

    name = "encaisse.kernel"
    label = "kernel"
