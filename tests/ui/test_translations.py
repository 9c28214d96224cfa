"""The tool that keeps the French catalogue."""

import gettext
import io
from pathlib import Path

import pytest
from django.utils import translation

from tools import translations

PAGE = """{% load i18n %}
  {% if a %}
{% translate "Draft" %}{% blocktranslate count n=rows %}One row{% plural %}{{ n }} rows{% endblocktranslate %}
"""
CODE = 'title = pgettext("verb", "Issue")\nwords = _("Due on %(day)s")\nlater = _(name)\n'
WORDS: translations.Words = {
    "Draft": "Brouillon",
    "verb|Issue": "Émettre",
    "Due on %(day)s": "Échéance le %(day)s",
    "One row": ["Une ligne", "%(n)s lignes"],
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A tree with one template and one module."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "words.py").write_text(CODE)
    return tmp_path


def test_texts_are_collected_from_code_and_templates(source) -> None:
    texts = {(m.context, m.id) for m in translations.collect(source) if m.id}

    assert texts == {
        (None, "Draft"),
        (None, ("One row", "%(n)s rows")),
        ("verb", "Issue"),
        (None, "Due on %(day)s"),
    }


def test_an_update_names_what_lacks_its_french_and_repeats_itself_byte_for_byte(source, tmp_path) -> None:
    folder = tmp_path / "fr"
    found = translations.collect(source)

    assert translations.update(folder, found, {}) == ["Draft", "Due on %(day)s", "One row", "verb|Issue"]
    assert translations.update(folder, found, WORDS) == []
    once = (folder / "django.po").read_bytes()
    assert translations.update(folder, found, {}) == []
    assert (folder / "django.po").read_bytes() == once


def test_the_compiled_catalogue_is_what_gettext_reads(source, tmp_path) -> None:
    translations.update(tmp_path / "fr", translations.collect(source), WORDS)
    machine = translations.compiled(translations.read(tmp_path / "fr"))
    french = gettext.GNUTranslations(io.BytesIO(machine))

    assert french.gettext("Draft") == "Brouillon"
    assert french.pgettext("verb", "Issue") == "Émettre"
    assert french.ngettext("One row", "%(n)s rows", 0) == "Une ligne"
    assert french.ngettext("One row", "%(n)s rows", 2) == "%(n)s lignes"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({}, "not translated: 'Draft'"),
        ({"Due on %(day)s": "Échéance le %(jour)s"}, "placeholders differ: 'Due on %(day)s'"),
        ({"One row": ["Une ligne", "des lignes"]}, "placeholders differ: 'One row'"),
    ],
)
def test_a_check_names_each_fault(source, tmp_path, words, fault) -> None:
    found = translations.collect(source)
    translations.update(tmp_path / "fr", found, (WORDS | words) if words else {})
    known = translations.read(tmp_path / "fr")

    assert fault in list(translations.faults(found, known, translations.compiled(known)))


def test_a_check_names_texts_that_come_and_go_and_a_stale_machine_file(source, tmp_path) -> None:
    translations.update(tmp_path / "fr", translations.collect(source), WORDS)
    (source / "words.py").write_text('_("New")\n')
    known = translations.read(tmp_path / "fr")

    wrong = list(translations.faults(translations.collect(source), known, b""))

    assert "not collected: 'New'" in wrong
    assert "no longer used: 'Issue'" in wrong
    assert wrong[-1] == "the compiled catalogue is stale: run `compile`"


def test_the_product_speaks_french() -> None:
    with translation.override("fr"):
        assert translation.gettext("Nothing matches these filters") == "Rien ne correspond à ces filtres"
