"""The PDFs of invoices made elsewhere, brought in one ZIP at leisure.

    receive -> look at the whole ZIP, which is refused at once when it is hostile -> a worker reads file by file

The ZIP is forgotten once it was read; what became of each file is the answer of the job.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from encaisse.access.queries.users import scope_of_actor
from encaisse.adapters.bundles import open_bundle
from encaisse.flows.import_pdfs import Pdfs, Told, import_pdfs
from encaisse.flows.job_files import making, passing
from encaisse.insight.queries import jobs as queries
from encaisse.insight.queries.jobs import JobRow
from encaisse.intake.errors import UploadTooLarge
from encaisse.intake.operations import require_import
from encaisse.kernel import jobs
from encaisse.kernel.errors import NotFound
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.scope import Scope

BRING: Final = "import.pdfs"
MOST_MB: Final = 2_000
_MEGABYTE: Final = 1_000_000
# What became of so many files is kept with the job, what somebody must look at first.
TOLD: Final = 5_000
_FIRST: Final = {"refused": 0, "alone": 1, "known": 2, "kept": 3}


class Brought(NamedTuple):
    """A ZIP that was brought: how far its job is, how many files were kept, known, alone and refused, and what became
    of the first ones."""

    job: JobRow
    counts: Mapping[str, int]
    files: tuple[Told, ...]


def bring(scope: Scope, legal_entity_id: int, file_name: str, chunks: Iterable[bytes], *, send: bool) -> int:
    """A worker archives these PDFs, and sends them when told to. Returns the key of its job.

    Call outside transactions. Nothing stays of a ZIP that is refused. Raises NotPermitted, NotFound,
    BundleUnreadable, UploadTooLarge.
    """
    require_import(scope, legal_entity_id)
    with making() as folder:
        draft, size = folder / "upload", 0
        with draft.open("wb") as file:
            for chunk in chunks:
                size += file.write(chunk)
                if size > MOST_MB * _MEGABYTE:
                    raise UploadTooLarge(most_mb=MOST_MB)
        with open_bundle(draft):
            pass
        name = passing().keep(draft)
    return jobs.start(
        BRING,
        scope.actor,
        file_name=file_name,
        stored_as=name,
        legal_entity_id=legal_entity_id,
        send=send,
    )


def brought(scope: Scope, job_id: int) -> Brought:
    """What became of the files of a ZIP until now. Raises NotPermitted, NotFound."""
    scope.require("import")
    found = queries.job(scope, job_id)
    if found.kind != BRING:
        raise NotFound(noun="job")
    files = tuple(Told(*each) for each in found.answer.get("files", ()))
    return Brought(found, {name: found.answer.get(name, 0) for name in _FIRST}, files)


def register() -> None:
    """Workers know how to read such a ZIP."""
    jobs.register_whole(BRING, _work)


def _work(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    said, scope = asked.facts, scope_of_actor(asked.actor)
    try:
        with passing().open(said["stored_as"]) as stream, open_bundle(stream) as bundle:
            told = import_pdfs(
                bundle,
                legal_entity_id=said["legal_entity_id"],
                actor=asked.actor,
                send=said["send"],
                scope=scope,
                progress=tell,
            )
    finally:
        passing().forget(said["stored_as"])
    return _answer(told)


def _answer(told: Pdfs) -> Mapping[str, Any]:
    counts = {"kept": told.kept, "known": told.known, "alone": len(told.alone), "refused": len(told.refused)}
    files = sorted(told.files, key=lambda each: (_FIRST[each.outcome], each.name))[:TOLD]
    return {**counts, "files": [list(each) for each in files]}
