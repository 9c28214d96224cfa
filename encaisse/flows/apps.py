"""The Django app of `flows`."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    """Registers the label `flows`, and the tasks that start a flow."""

    name = "encaisse.flows"
    label = "flows"

    def ready(self) -> None:
        """Workers know the tasks."""
        from encaisse.flows import (  # noqa: PLC0415 - models are loaded only now
            bring_pdfs,
            check_vat_numbers,
            cut_off,
            daily,
            import_files,
            job_files,
            make_documents,
            mass_actions,
            print_run,
            put_together,
            reactions,
            tasks,
            tell_endpoints,
        )
        from encaisse.kernel import jobs  # noqa: PLC0415

        jobs.register()
        job_files.register()
        import_files.register()
        bring_pdfs.register()
        mass_actions.register()
        tasks.register()
        daily.register()
        check_vat_numbers.register_jobs()
        cut_off.register()
        reactions.register()
        make_documents.register()
        put_together.register()
        print_run.register()
        tell_endpoints.register()
