"""The Django app of `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Registers the label `desk`, and the jobs that write what the desk shows."""

    name = "encaisse.desk"
    label = "desk"

    def ready(self) -> None:
        """Workers know how to write a list."""
        from encaisse.desk import exports  # noqa: PLC0415 - models are loaded only now

        exports.register()
