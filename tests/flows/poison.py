"""Rendering as a poisoned font or template would have it; found by name in a process that knows nothing else."""

import ctypes
import time

from encaisse.document.rendering import Failed, Job, attempt


def render_or_not(job: Job) -> bytes | Failed:
    """The file, unless a line says that it hangs or crashes."""
    label = job[0].lines[0].label
    if label == "HANGS":
        time.sleep(600)
    if label == "CRASHES":
        ctypes.string_at(0)
    return attempt(job)
