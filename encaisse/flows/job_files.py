"""The file that came of a job: kept for some days, fetched by who may see the job, then forgotten.

A kind of job that makes a file returns `keep(path, name)` as its answer, or along with it. One that may be large is
made in `making()`, on the disk where it will stay.
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from django.conf import settings

from encaisse.adapters.passing import PassingFiles, PassingFolder
from encaisse.insight.queries import jobs as queries
from encaisse.kernel import clock, jobs, queue
from encaisse.kernel.errors import NotFound

FORGET_FILES: Final = "flows.forget_job_files"
KEPT: Final = dt.timedelta(days=7)
# No file takes that long to make.
HALF_MADE: Final = dt.timedelta(days=1)
MAKING: Final = "making-"


class JobFile(NamedTuple):
    """The file that came of a job, under the name that people save it by. Whoever reads it closes it."""

    name: str
    size_bytes: int
    content: BinaryIO


def passing() -> PassingFiles:
    """Where such files are, as the settings say."""
    return PassingFolder(settings.PASSING_DIR)


@contextmanager
def making() -> Iterator[Path]:
    """A folder for what is under way, on the disk where it will be kept; gone with what is left in it at the end."""
    settings.PASSING_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.PASSING_DIR, prefix=MAKING) as folder:
        yield Path(folder)


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
    """Files of jobs that ended some days ago are gone, and their jobs say so; so is what dead workers left half made.

    Call it outside transactions.
    """
    kept = passing()
    for folder in settings.PASSING_DIR.glob(f"{MAKING}*"):
        if folder.stat().st_mtime < (clock.now() - HALF_MADE).timestamp():
            shutil.rmtree(folder, ignore_errors=True)
    for job_id, name in jobs.with_files(ended_before=clock.now() - KEPT):
        kept.forget(name)
        jobs.forget_file(job_id)


def register() -> None:
    """Workers forget old files every hour."""
    queue.register(FORGET_FILES, forget_files)
    queue.every_hour(FORGET_FILES)
