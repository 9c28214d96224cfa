"""Keep the French catalogue: `update`, `check` or `compile`. English, as written in the code, is the source.

    python tools/translations.py update [--with words.json]   collect the texts, name those without French
    python tools/translations.py compile                      write the `.mo` that the product reads
    python tools/translations.py check                        fail unless all is collected and translated

`words.json` gives the French of texts: `{"Draft": "Brouillon", "One day": ["Un jour", "%(n)s jours"]}`;
a text with a context is named `context|text`.
The catalogue is sorted by text, without dates, places or guesses, so that two people's additions merge.
No program of gettext is needed.
"""

import argparse
import fcntl
import io
import json
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCE: Final = ROOT / "encaisse"
FOLDER: Final = SOURCE / "locale" / "fr" / "LC_MESSAGES"
KEYWORDS: Final = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
HEADER: Final = (
    "Project-Id-Version: Encaisse\n"
    "Language: fr\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n > 1);\n"
)
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[sdfr]|%[sdfr](?!\w)|\{\w*(?:![rsa])?(?::[^{}]*)?\}")
Words = dict[str, str | list[str]]


def collect(source: Path) -> Catalog:
    """Every text of the Python files and templates under `source`, untranslated."""
    found = Catalog(locale="fr")
    for path in sorted(source.rglob("*.py")):
        if "migrations" not in path.parts:
            _gather(found, path.read_bytes())
    for path in sorted([*source.rglob("templates/**/*.html"), *source.rglob("templates/**/*.txt")]):
        # Only the calls matter to the reader of tokens: indentation would look like broken Python to it.
        code = templatize(path.read_text(), origin=str(path))
        _gather(found, "\n".join(line.lstrip() for line in code.splitlines()).encode())
    return found


def _gather(found: Catalog, code: bytes) -> None:
    for _line, function, texts, _comments in extract_python(io.BytesIO(code), KEYWORDS, [], {}):
        spread = list(texts) if isinstance(texts, tuple) else [texts]
        context = spread.pop(0) if "pgettext" in function else None
        given = [text for text in spread if isinstance(text, str) and text]
        if len(given) == 2 and function.startswith("n"):
            found.add((given[0], given[1]), context=context)
        elif given and not function.startswith("n"):
            found.add(given[0], context=context)


def merge(found: Catalog, known: Catalog, words: Words) -> Catalog:
    """The texts found, each with the French that `words` or the known catalogue gives."""
    merged = Catalog(locale="fr")
    for message in _texts(found):
        single = message.id if isinstance(message.id, str) else message.id[0]
        before = known.get(single, message.context)
        kept = before.string if before and isinstance(before.id, str) == isinstance(message.id, str) else ""
        string = words.get(_name(message)) or kept or ("" if isinstance(message.id, str) else ("", ""))
        merged.add(message.id, tuple(string) if isinstance(string, list) else string, context=message.context)
    return merged


def written(catalog: Catalog) -> str:
    """The catalogue as the text of a `.po` file."""
    body = io.BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    head = "".join(f'"{line}\\n"\n' for line in HEADER.splitlines())
    return f'msgid ""\nmsgstr ""\n{head}\n{body.getvalue().decode().strip()}\n'


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as the bytes of a `.mo` file: sorted ids, then their strings, without hash table."""
    pairs = sorted([(b"", HEADER.encode()), *(_pair(m) for m in _texts(catalog) if _is_translated(m))])
    ids = b"".join(key + b"\0" for key, _ in pairs)
    start = 28 + 16 * len(pairs)
    keys, values, key_at, value_at = [], [], start, start + len(ids)
    for key, value in pairs:
        keys += [len(key), key_at]
        values += [len(value), value_at]
        key_at += len(key) + 1
        value_at += len(value) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    tables = struct.pack(f"<{len(keys) + len(values)}I", *keys, *values)
    return head + tables + ids + b"".join(value + b"\0" for _, value in pairs)


def _pair(message: Message) -> tuple[bytes, bytes]:
    key = "\0".join(_forms(message.id))
    if message.context:
        key = f"{message.context}\x04{key}"
    return key.encode(), "\0".join(_forms(message.string)).encode()


def faults(found: Catalog, known: Catalog, machine: bytes) -> Iterator[str]:
    """What keeps the catalogue from being finished, one line each."""
    wanted = {(m.context, _forms(m.id)) for m in _texts(found)}
    present = {(m.context, _forms(m.id)): m for m in _texts(known)}
    yield from (f"not collected: {text[1][0]!r}" for text in sorted(wanted - present.keys(), key=str))
    yield from (f"no longer used: {text[1][0]!r}" for text in sorted(present.keys() - wanted, key=str))
    for message in present.values():
        if message.fuzzy or not _is_translated(message):
            yield f"not translated: {_name(message)!r}"
        elif not _places_agree(message):
            yield f"placeholders differ: {_name(message)!r}"
    if machine != compiled(known):
        yield "the compiled catalogue is stale: run `compile`"


def _places_agree(message: Message) -> bool:
    # "One day" may leave its number out; the general form may not.
    source, french = _forms(message.id), _forms(message.string)
    general = Counter(PLACEHOLDER.findall(source[-1]))
    last = Counter(PLACEHOLDER.findall(french[-1]))
    return last == general and all(Counter(PLACEHOLDER.findall(form)) <= general for form in french)


def _name(message: Message) -> str:
    single = _forms(message.id)[0]
    return f"{message.context}|{single}" if message.context else single


def _is_translated(message: Message) -> bool:
    return all(_forms(message.string))


def _forms(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _texts(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # Several people may update one working tree at the same moment; the second waits for the first.
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "django.po").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def update(folder: Path, found: Catalog, words: Words) -> list[str]:
    """Write the `.po` with the texts found; return those that lack their French."""
    with _alone(folder):
        merged = merge(found, read(folder), words)
        (folder / "django.po").write_text(written(merged))
    return sorted(_name(message) for message in _texts(merged) if not _is_translated(message))


def read(folder: Path) -> Catalog:
    """The catalogue as it is on disk."""
    with (folder / "django.po").open("rb") as file:
        return read_po(file, locale="fr")


def main() -> int:
    """Run one verb; the exit code is 1 when `check` finds a fault."""
    parser = argparse.ArgumentParser(description="Keep the French catalogue.")
    parser.add_argument("verb", choices=("update", "check", "compile"))
    parser.add_argument("--with", dest="words", type=Path, help="English texts and their French, as JSON")
    asked = parser.parse_args()
    settings.configure(USE_I18N=False)
    if asked.verb == "update":
        words = json.loads(asked.words.read_text()) if asked.words else {}
        lacking = update(FOLDER, collect(SOURCE), words)
        if lacking:
            print(json.dumps(dict.fromkeys(lacking, ""), ensure_ascii=False, indent=1))
    elif asked.verb == "compile":
        (FOLDER / "django.mo").write_bytes(compiled(read(FOLDER)))
    else:
        machine = FOLDER / "django.mo"
        wrong = list(faults(collect(SOURCE), read(FOLDER), machine.read_bytes() if machine.exists() else b""))
        print("\n".join(wrong) or "every text is translated")
        return int(bool(wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main())
