"""The Django app of `flows`."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """Registers the label `flows`, and the tasks that start a flow."""

    name = "encaisse.flows"
    label = "flows"

    def ready(self) -> None:
        """Workers know the tasks."""
        from encaisse.flows import (  # noqa: PLC0415 - models are loaded only now
            job_files,
            make_documents,
            reactions,
            tasks,
            tell_endpoints,
        )
        from encaisse.kernel import jobs  # noqa: PLC0415

        jobs.register()
        job_files.register()
        tasks.register()
        reactions.register()
        make_documents.register()
        tell_endpoints.register()
