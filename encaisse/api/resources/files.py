"""The documents of many invoices in one file: a job makes it, and gives it."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from encaisse.api.fields import Given, InvoiceKey, RunKey, one_of
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.invoices import InvoiceFilter
from encaisse.api.resources.jobs import Job
from encaisse.flows import mass_actions, print_run
from encaisse.flows.mass_actions import MOST_ROWS, PDF, ZIP
from encaisse.flows.put_together import wanted
from encaisse.insight.queries import jobs
from encaisse.kernel.errors import NoRowChosen

resource = Resource("Documents in one file")


class FilesGiven(Given):
    """Which documents, in this order: those of `invoice_ids`, or what a list with this `filter` finds."""

    form: Literal["zip", "pdf"]
    invoice_ids: list[InvoiceKey] | None = Field(None, min_length=1, max_length=MOST_ROWS)
    filter: InvoiceFilter | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        return one_of(self, "invoice_ids", "filter")

    def chosen(self, request: ProgramRequest) -> list[int]:
        """Their keys. Raises NoRowChosen."""
        keys = self.invoice_ids
        if self.filter is not None:
            keys = wanted(request.scope, self.filter.wanted(request.scope), self.filter.sort or "")
        if not keys:
            raise NoRowChosen
        return keys


class PrintingGiven(Given):
    """How a run is printed: `on_paper` leaves out what goes by e-mail, `even` begins each document on a sheet of its
    own, and a file has so many documents or pages at most."""

    order: Literal["postal", "number"] = "postal"
    on_paper: bool = False
    even: bool = False
    most_documents: int | None = Field(None, ge=1, le=1_000_000)
    most_pages: int | None = Field(None, ge=1, le=1_000_000)


@resource.post("/document-files", Job, status=202)
def make_document_file(request: ProgramRequest, said: FilesGiven) -> Any:
    """Put the documents of many invoices in one file.

    A ZIP of their PDFs or one PDF of all pages: read the job until it is done, then download its file.
    """
    kind = ZIP if said.form == "zip" else PDF
    job_id = mass_actions.start(request.scope, kind, said.chosen(request), {})
    return jobs.job(request.scope, job_id)


@resource.post("/runs/{run_id}/print-file", Job, status=202)
def print_run_file(request: ProgramRequest, run_id: RunKey, said: PrintingGiven) -> Any:
    """Make the print file of a run.

    A ZIP of PDFs in the order asked for and an index of what lies where: read the job until it is done, then
    download its file.
    """
    asked = print_run.Printing(
        order=said.order,
        on_paper=said.on_paper,
        even=said.even,
        most_documents=said.most_documents or 0,
        most_pages=said.most_pages or 0,
    )
    return jobs.job(request.scope, print_run.start(request.scope, run_id, asked))
