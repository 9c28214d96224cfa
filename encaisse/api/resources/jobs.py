"""Work in the background: how far each job is, and what came of it."""

import datetime as dt
from typing import Any, Literal

from ninja import Query

from encaisse.api.fields import Code, JobKey, JobRef, Page, Paging, Told, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.insight.queries import jobs as queries
from encaisse.kernel import jobs
from encaisse.kernel.lists import Window

resource = Resource("Jobs")
State = Literal["waiting", "running", "done", "stopped", "failed"]


class JobFilter(Paging):
    """What a list of jobs is narrowed to; `mine` keeps those that the key asked for."""

    after: JobKey | None = None
    state: State | None = None
    kind: Code = ""
    mine: bool = False


class Job(Told):
    """One job: `done` of `total`; `error` is the code of why it failed whole."""

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
