"""Work in the background: how far each job is, and what came of it."""

import datetime as dt
from typing import Any, Final, Literal
from urllib.parse import urlencode

from django.http import FileResponse
from ninja import Query
from pydantic import Field

from encaisse.api.fields import Code, JobKey, JobRef, Page, Paging, Told, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows import job_files
from encaisse.insight.queries import jobs as queries
from encaisse.kernel import jobs
from encaisse.kernel.lists import Window
from encaisse.kernel.references import public_id

resource = Resource("Jobs")
# What the rows of a job are, by the first word of its kind.
NOUNS: Final = {
    "invoices": "inv", "runs": "inv", "payments": "pay", "customers": "cus", "accounts": "ba", "contracts": "sub",
    "users": "usr",
}  # fmt: skip
Outcome = Literal["waiting", "done", "refused", "failed"]
State = Literal["waiting", "running", "done", "stopped", "failed"]


class JobFilter(Paging):
    """What a list of jobs is narrowed to; `mine` keeps those that the key asked for."""

    after: JobKey | None = None
    state: State | None = None
    kind: Code = ""
    mine: bool = False


class Job(Told):
    """One job: `done` of `total`; `error` is the code of why it failed whole. With `has_file`, a file came of it that
    is still kept."""

    id: JobRef
    kind: str
    state: State
    total: int
    done: int
    refused: int
    error: str
    actor: str
    asked_at: dt.datetime
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    has_file: bool


class OutcomeFilter(Paging):
    """Which rows of a job: those after the position of the last one seen, of one outcome."""

    after_number: int = Field(0, ge=0, le=2**31 - 1)
    outcome: Outcome | None = None


class ItemOutcome(Told):
    """What became of one row of a job: `code` and `facts` say why it was refused. `name` is empty when the key may
    not see the row."""

    position: int
    id: str | None
    name: str
    outcome: Outcome
    code: str
    facts: dict[str, Any]


@resource.get("/jobs", Page[Job])
def list_jobs(request: ProgramRequest, asked: Query[JobFilter]) -> Any:
    """List jobs.

    The latest first.
    """
    wanted = queries.Wanted(asked.state or "", asked.kind, asked.mine)
    window = Window("-asked_at", size=asked.limit + 1, after=asked.after)
    return page(request, "job", queries.jobs(request.scope, wanted, window=window).rows, asked.limit)


@resource.get("/jobs/{job_id}", Job)
def get_job(request: ProgramRequest, job_id: JobKey) -> Any:
    """Read a job."""
    return queries.job(request.scope, job_id)


@resource.file("/jobs/{job_id}/file", "application/octet-stream")
def get_job_file(request: ProgramRequest, job_id: JobKey) -> FileResponse:
    """Download the file that came of a job.

    It is kept for seven days.
    """
    found = job_files.file_of(queries.job(request.scope, job_id))
    return FileResponse(found.content, as_attachment=True, filename=found.name)


@resource.get("/jobs/{job_id}/items", Page[ItemOutcome])
def list_job_items(request: ProgramRequest, job_id: JobKey, asked: Query[OutcomeFilter]) -> Any:
    """List what became of each row of a job.

    By position, after the last one seen.
    """
    noun = NOUNS.get(queries.job(request.scope, job_id).kind.partition(".")[0], "")
    window = Window(size=asked.limit + 1, after=asked.after_number)
    rows = queries.items(request.scope, job_id, noun=noun, state=asked.outcome or "", window=window).rows
    shown = [_item(noun, each) for each in rows[: asked.limit]]
    said = {"after_number": shown[-1]["position"] if shown else 0, "limit": asked.limit}
    said |= {"outcome": asked.outcome} if asked.outcome else {}
    more = len(rows) > asked.limit
    return {"data": shown, "has_more": more, "next": f"{request.path}?{urlencode(said)}" if more else None}


@resource.post("/jobs/{job_id}/stop", Job, status=200)
def stop_job(request: ProgramRequest, job_id: JobKey) -> Any:
    """Stop a job.

    No further item is begun.
    """
    jobs.stop(request.scope, job_id)
    return queries.job(request.scope, job_id)


@resource.post("/jobs/{job_id}/again", Job)
def try_job_again(request: ProgramRequest, job_id: JobKey) -> Any:
    """Try again what was refused, in a job of its own."""
    return queries.job(request.scope, jobs.again(request.scope, job_id))


def _item(noun: str, row: queries.ItemRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("position", "name", "code", "facts")}
    seen = public_id(noun, row.row_id) if noun and row.is_seen else None
    return told | {"id": seen, "outcome": row.state}
