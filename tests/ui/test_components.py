"""Components: what a template writes is what a reader gets."""

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from encaisse.ui.fields import DayField, ExactField
from encaisse.ui.shapes import Band, Figure, Money, Status, Step, Tone


def drawn(source: str, **context: object) -> str:
    """The template's text in French."""
    with translation.override("fr"):
        return Template("{% load ui %}" + source).render(Context(context))


class Terms(forms.Form):
    """A form with one field of each kind."""

    amount = ExactField(label="Montant", help_text="Hors taxes.", least=Decimal(0))
    day = DayField(label="Jour", required=False)
    way = forms.ChoiceField(label="Voie", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Certain", required=False)


def test_money_keeps_its_exact_value_beside_what_is_read() -> None:
    html = drawn('{% money amount "EUR" %}', amount=-33499)

    assert html == '<data class="money" value="-334.99" data-sign="-">\u2212334,99\u00a0€</data>'


@pytest.mark.parametrize(
    ("value", "html"),
    [
        (None, '<span class="nothing">–</span>'),
        ("", '<span class="nothing">–</span>'),
        (True, "Oui"),
        (0, '<span class="number">0</span>'),
        (Decimal("2.50"), '<span class="number">2,5</span>'),
        (dt.date(2025, 11, 21), '<time datetime="2025-11-21">21/11/2025</time>'),
        ("<b>&", "&lt;b&gt;&amp;"),
    ],
)
def test_a_value_is_shown_in_the_manner_of_its_type(value, html) -> None:
    assert drawn("{{ value|show }}", value=value) == html


def test_a_status_is_a_word_a_colour_and_a_shape() -> None:
    html = drawn("{% status state %}", state=Status("En retard", Tone.BAD))

    assert 'data-tone="bad"' in html
    assert '<span class="shape"></span>' in html
    assert "En retard" in html


def test_every_tone_has_a_shape_and_a_word_of_its_own() -> None:
    assert len({drawn("{{ tone|word }}", tone=tone) for tone in Tone}) == len(Tone)


def test_a_button_with_an_address_is_a_link() -> None:
    html = drawn('{% button "Voir" href=url %}', url="/a?b=1&c=2")

    assert html.strip() == '<a class="button secondary" href="/a?b=1&amp;c=2">Voir</a>'
    assert '<button class="button primary" name="go" type="submit">' in drawn(
        '{% button "Oui" "primary" name="go" %}'
    )


def test_a_confirmation_says_what_will_happen_before_it_posts() -> None:
    html = drawn('{% confirm "/cancel" "Annuler" title="Vraiment ?" %}<p>Tout part.</p>{% endconfirm %}')

    assert html.index("popovertarget") < html.index("<dialog") < html.index("<p>Tout part.</p>")
    assert 'action="/cancel"' in html
    assert html.count('method="post"') == 1


def test_a_figure_is_a_link_to_its_list() -> None:
    html = drawn("{% figures items %}", items=[Figure("Échu", Money(100, "EUR"), "/invoices?state=late")])

    assert '<a class="figure" href="/invoices?state=late">' in html


def test_long_work_asks_again_only_while_it_lasts() -> None:
    going = [Step("Émission", Tone.ACTIVE, 8200, 20000)]

    assert 'hx-get="/runs/1/steps"' in drawn('{% steps items poll="/runs/1/steps" %}', items=going)
    assert "hx-get" not in drawn("{% steps items %}", items=going)
    assert 'max="20000" value="8200"' in drawn("{% steps items %}", items=going)


def test_bars_are_as_long_as_their_amounts_and_never_negative() -> None:
    bands = [Band("Non échu", 20000), Band("1 à 30 jours", 5000), Band("Avoir", -300)]
    html = drawn('{% aging bands "EUR" %}', bands=bands)

    assert [part.split('"')[0] for part in html.split('class="bar" width="')[1:]] == ["100.0", "25.0", "0.0"]


def test_bars_of_nothing_do_not_divide_by_zero() -> None:
    assert 'class="bar" width="0"' in drawn('{% aging bands "EUR" %}', bands=[Band("Non échu", 0)])


def test_a_refused_field_says_why_beside_what_was_typed() -> None:
    with translation.override("fr"):
        form = Terms({"amount": "12 euros"})
        form.is_valid()
    html = drawn("{% fields form %}", form=form)

    assert 'value="12 euros"' in html
    assert "Écrivez un nombre, par exemple 1\u202f234,56." in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_amount_helptext id_amount_error"' in html
    assert 'id="id_amount_error"' in html
    assert 'href="#id_way_0"' in html


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("1,234", "Pas plus de 2\u00a0décimales."),
        ("-1", "Pas moins de 0."),
        ("", "Ce champ est obligatoire."),
    ],
)
def test_an_exact_field_says_what_is_wrong(typed, problem) -> None:
    with translation.override("fr"):
        assert Terms({"amount": typed}).errors["amount"] == [problem]


def test_an_exact_field_reads_french_numbers_exactly() -> None:
    with translation.override("fr"):
        form = Terms({"amount": "1 234,50", "way": "a", "day": "2025-11-21"})
        assert form.is_valid()

    assert form.cleaned_data["amount"] == Decimal("1234.50")
    assert form.cleaned_data["day"] == dt.date(2025, 11, 21)
