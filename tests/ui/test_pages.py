"""The style page and the switches, as a browser without script sees them."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from encaisse.ui.context import page


@pytest.mark.parametrize(("language", "title"), [("fr", "Composants"), ("en", "Components")])
def test_the_style_page_needs_no_database(client: Client, language, title) -> None:
    answer = client.get("/style", headers={"accept-language": language})

    assert answer.status_code == 200
    assert f"<title>{title} · Encaisse</title>" in answer.text
    assert f'<html lang="{language}">' in answer.text


def test_no_page_of_the_design_needs_inline_style_or_script(client: Client) -> None:
    html = client.get("/style").text

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


def test_ids_are_unique(client: Client) -> None:
    ids = re.findall(r'\sid="([^"]+)"', client.get("/style").text)

    assert len(ids) == len(set(ids))


def test_a_section_without_pages_is_not_shown(client: Client) -> None:
    html = client.get("/style", headers={"accept-language": "fr"}).text

    assert ">Encaisser</h2>" in html
    assert ">Relancer</h2>" not in html


def test_the_theme_is_kept_in_a_cookie_and_shown_from_the_first_byte(client: Client) -> None:
    answer = client.post("/preferences/theme", {"theme": "dark", "next": "/style?q=pont"})

    assert answer["Location"] == "/style?q=pont"
    assert '<html lang="fr" data-theme="dark">' in client.get("/style").text

    client.post("/preferences/theme", {"theme": "", "next": "/style"})
    assert '<html lang="fr">' in client.get("/style").text


def test_a_switch_never_sends_the_reader_to_another_site(client: Client) -> None:
    answer = client.post("/preferences/theme", {"theme": "dark", "next": "https://elsewhere.example/"})

    assert answer["Location"] == "/"


def test_the_language_is_kept(client: Client) -> None:
    client.post("/preferences/language", {"language": "en", "next": "/style"})

    assert '<html lang="en"' in client.get("/style").text


def test_a_forged_theme_is_ignored(rf: RequestFactory) -> None:
    request = rf.get("/style")
    request.COOKIES["theme"] = '"><script>'

    assert page(request)["theme"] == ""


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_stand_without_any_context(name) -> None:
    with translation.override("fr"):
        html = render_to_string(f"{name}.html")

    assert '<html lang="fr">' in html
    assert "<h1>" in html


def test_the_list_of_the_style_page_filters_sorts_and_teaches(client: Client) -> None:
    found = client.get("/style?q=pont&sort=gross_minor").text
    nothing = client.get("/style?q=zzz", headers={"accept-language": "fr"}).text

    assert found.index("A2025-000031") < found.index('href="#F2025-000412"')
    assert 'aria-sort="ascending"' in found
    assert "Rien ne correspond à ces filtres" in nothing
