"""The file that came of a job: kept for some days, fetched by who may see the job, then forgotten.

A kind of job that makes a file returns `keep(path, name)` as its answer, or along with it.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from django.conf import settings

from encaisse.adapters.passing import PassingFiles, PassingFolder
from encaisse.insight.queries import jobs as queries
from encaisse.kernel import clock, jobs, queue
from encaisse.kernel.errors import NotFound

FORGET_FILES: Final = "flows.forget_job_files"
KEPT: Final = dt.timedelta(days=7)


class JobFile(NamedTuple):
    """The file that came of a job, under the name that people save it by. Whoever reads it closes it."""

    name: str
    size_bytes: int
    content: BinaryIO


def passing() -> PassingFiles:
    """Where such files are, as the settings say."""
    return PassingFolder(settings.PASSING_DIR)


def keep(made: Path, name: str) -> Mapping[str, str | int]:
    """The file is kept and no longer where it was made; what the job's answer says of it. Call outside transactions."""
    size_bytes = made.stat().st_size
    return {"file": passing().keep(made), "file_name": name, "file_bytes": size_bytes}


def file_of(job: queries.JobRow) -> JobFile:
    """The file of a job that its reader may see. Raises NotFound once it was forgotten, ContentMissing."""
    if not job.has_file:
        raise NotFound(noun="file")
    content = passing().open(str(job.answer["file"]))
    return JobFile(str(job.answer["file_name"]), int(job.answer["file_bytes"]), content)


def forget_files() -> None:
    """Files of jobs that ended some days ago are gone, and their jobs say so. Call it outside transactions."""
    kept = passing()
    for job_id, name in jobs.with_files(ended_before=clock.now() - KEPT):
        kept.forget(name)
        jobs.forget_file(job_id)


def register() -> None:
    """Workers forget old files every hour."""
    queue.register(FORGET_FILES, forget_files)
    queue.every_hour(FORGET_FILES)
