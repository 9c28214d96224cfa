"""How the interpreter's memory is looked after while rows by the hundred thousand pass through it."""

import gc
from types import TracebackType
from typing import Self


class WithoutCycleSearch:
    """Within the block the search for reference cycles rests: rows hold none, and a search would visit each of
    them again and again, for a fifth of the time of a draft. Memory is still freed by counting."""

    def __enter__(self) -> Self:
        """Rest, unless somebody already does."""
        self._was_searching = gc.isenabled()
        gc.disable()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Search again."""
        if self._was_searching:
            gc.enable()
