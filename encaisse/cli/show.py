"""How the command line speaks: steps with their progress on the error stream, answers on the output."""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Final, Self

import click

BAR: Final = 20
LABEL: Final = 36
SHOWN_EVERY_S: Final = 0.1


def note(text: str) -> None:
    """Say something that is not the answer."""
    click.echo(text, err=True, color=_color(sys.stderr))


def warn(text: str) -> None:
    """Say something that asks for attention."""
    note(click.style(text, fg="yellow"))


def answer(text: str = "") -> None:
    """Say what was asked for."""
    click.echo(text, color=_color(sys.stdout))


def answer_json(found: Any) -> None:
    """Say what was asked for to a machine."""
    click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str))


def heading(text: str) -> str:
    """A text that others stand under."""
    return click.style(text, bold=True)


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Say rows in aligned columns; those whose numbers are in `right` are aligned at their end."""
    if not rows:
        return
    widths = [max(len(click.unstyle(row[column])) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [_padded(cell, widths[n], at_end=n in right) for n, cell in enumerate(row)]
        answer(("  " + "  ".join(cells)).rstrip())


def section(title: str, rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Say rows under a title; nothing when there is no row."""
    if rows:
        answer()
        answer(heading(title))
        table(rows, right=right)


class Step:
    """One step of a long work: `with Step("…") as step`, then `step(done, total)`, and what came out in `step.result`.

    On a terminal its line moves; elsewhere it is written once, when the step has ended.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.result = ""
        self._began = self._shown = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._draw("")
        return self

    def __call__(self, done: int, total: int) -> None:
        """Show how far the step is."""
        if time.monotonic() - self._shown >= SHOWN_EVERY_S:
            share = min(1.0, done / total) if total else 0.0
            full = round(share * BAR)
            self._draw(f"{'█' * full}{'░' * (BAR - full)} {share:4.0%}")

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        mark = click.style("✗", fg="red") if kind else click.style("✓", fg="green")
        took = click.style(f"{time.monotonic() - self._began:.1f} s", dim=True)
        if _is_terminal(sys.stderr):
            sys.stderr.write("\r\x1b[K")
        note(f"  {mark} {self.label:<{LABEL}} {self.result}  {took}".rstrip())

    def _draw(self, text: str) -> None:
        self._shown = time.monotonic()
        if _is_terminal(sys.stderr):
            line = f"  · {self.label:<{LABEL}} {text}"
            sys.stderr.write("\r\x1b[K" + line[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()


@contextmanager
def steps(labels: Mapping[str, str]) -> Iterator[Callable[[str, int, int], None]]:
    """Give what a flow tells its progress to: a line for each of its steps, under the label of its name."""
    with ExitStack() as stack:
        shown: dict[str, Step] = {}

        def told(name: str, done: int, total: int) -> None:
            if name not in shown:
                stack.close()
                shown[name] = stack.enter_context(Step(labels[name]))
            shown[name](done, total)

        yield told


def _padded(cell: str, width: int, *, at_end: bool) -> str:
    gap = " " * (width - len(click.unstyle(cell)))
    return gap + cell if at_end else cell + gap


def _is_terminal(stream: Any) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _color(stream: Any) -> bool | None:
    # Source: no-color.org. Without it click decides, by whether the stream is a terminal.
    return False if os.environ.get("NO_COLOR") or not _is_terminal(stream) else None
