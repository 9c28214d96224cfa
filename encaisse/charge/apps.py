"""The Django app of `charge`."""

from django.apps import AppConfig


class ChargeConfig(AppConfig):
    """Registers the label `charge`."""

    name = "encaisse.charge"
    label = "charge"
