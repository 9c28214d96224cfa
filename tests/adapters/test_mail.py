"""Messages on their way out: into a folder, and to a server that takes them, refuses them or hangs up."""

import socket
import socketserver
import threading
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from django.db import transaction

from encaisse.adapters.errors import MailRefused
from encaisse.adapters.mail import opened

pytestmark = pytest.mark.django_db


def message(number: str = "1", to: str = "compta@client.example", body: str = "Bonjour") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = "facturation@vendeur.example", to, f"Facture {number}"
    made["Message-ID"] = f"<dlv_{number}@vendeur.example>"
    made.set_content(body)
    return made


class Conversation(socketserver.StreamRequestHandler):
    """One connection: answers as the server was told to, and keeps what it was given."""

    def handle(self) -> None:
        with suppress(ConnectionError):
            self.converse()

    def converse(self) -> None:
        self.server.connections += 1
        self.say(self.server.greeting)
        while line := self.rfile.readline().decode("latin-1").strip():
            self.server.heard.append(line)
            verb = line.split(":")[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                self.take()
            elif verb == "QUIT":
                return self.say("221 bye")
            elif verb.startswith("EHLO"):
                self.say("250-here\r\n250 SIZE 1000000")
            else:
                self.say(self.server.answers.get(line.upper(), "250 fine"))
        return None

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.taken.append(message_from_bytes(b"".join(lines)))
        self.say("250 taken")
        if self.server.hangs_up:
            self.connection.shutdown(socket.SHUT_RDWR)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """A mail server on this machine, without encryption."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.greeting, self.answers, self.hangs_up = "220 ready", {}, False
        self.heard, self.taken, self.connections = [], [], 0

    def address(self, scheme: str = "smtp", login: str = "") -> str:
        return f"{scheme}://{login}127.0.0.1:{self.server_address[1]}"


@pytest.fixture
def server():
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def test_the_folder_holds_each_message_under_its_id(tmp_path):
    with opened(f"folder://{tmp_path}/sortie & boîte #1") as mailer:
        mailer.send(message("7"))

    (file,) = (tmp_path / "sortie & boîte #1").iterdir()
    assert file.name == "dlv_7@vendeur.example.eml"
    assert message_from_bytes(file.read_bytes())["Subject"] == "Facture 7"


def test_a_repeated_message_replaces_itself_in_the_folder(tmp_path):
    with opened(f"folder://{tmp_path}") as mailer:
        mailer.send(message(body="Bonjour"))
        mailer.send(message(body="Bonsoir"))

    (file,) = tmp_path.iterdir()
    assert "Bonsoir" in file.read_text()


def test_an_id_never_leads_out_of_the_folder(tmp_path):
    made = message()
    made.replace_header("Message-ID", "<../../etc/cron@x>")
    with opened(f"folder://{tmp_path}/outbox") as mailer:
        mailer.send(made)

    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "..-..-etc-cron@x.eml"


def test_mail_is_refused_inside_a_transaction(tmp_path):
    with (
        opened(f"folder://{tmp_path}") as mailer,
        transaction.atomic(),
        pytest.raises(RuntimeError, match="durable"),
    ):
        mailer.send(message())


def test_an_outbox_of_another_kind_is_refused():
    with pytest.raises(ValueError, match="folder://"), opened("http://mail.example"):
        pass


def test_a_server_takes_many_messages_over_one_connection(server):
    with opened(server.address()) as mailer:
        mailer.send(message("1"))
        mailer.send(message("2"))

    assert [taken["Subject"] for taken in server.taken] == ["Facture 1", "Facture 2"]
    assert server.connections == 1
    assert any("FROM:<facturation@vendeur.example>" in line for line in server.heard)
    assert server.heard[-1].upper() == "QUIT"


@pytest.mark.parametrize(("answer", "temporary"), [("550 no such user", False), ("451 try later", True)])
def test_a_refusal_is_final_or_for_now_as_the_server_says(server, answer, temporary):
    server.answers["RCPT TO:<COMPTA@CLIENT.EXAMPLE>"] = answer
    with opened(server.address()) as mailer:
        with pytest.raises(MailRefused) as refusal:
            mailer.send(message())
        mailer.send(message("2", to="autre@client.example"))

    assert (refusal.value.temporary, refusal.value.message) == (temporary, answer)
    assert [taken["Subject"] for taken in server.taken] == ["Facture 2"]


def test_after_the_server_hung_up_the_next_message_opens_a_new_connection(server):
    server.hangs_up = True
    with opened(server.address()) as mailer:
        mailer.send(message("1"))
        with pytest.raises(MailRefused) as refusal:
            mailer.send(message("2"))
        server.hangs_up = False
        mailer.send(message("2"))

    assert refusal.value.temporary
    assert [taken["Subject"] for taken in server.taken] == ["Facture 1", "Facture 2"]
    assert server.connections == 2


def test_no_password_is_told_without_encryption(server):
    with opened(server.address(login="user:secret@")) as mailer, pytest.raises(MailRefused) as refusal:
        mailer.send(message())

    assert refusal.value.temporary
    assert "encryption" in refusal.value.message
    assert not any("AUTH" in line.upper() for line in server.heard)


def test_a_server_that_cannot_encrypt_is_not_spoken_to_by_smtps(server):
    with opened(server.address("smtps")) as mailer, pytest.raises(MailRefused) as refusal:
        mailer.send(message())

    assert refusal.value.temporary
    assert server.taken == []


def test_nobody_at_the_address_is_for_now(server):
    address = server.address()
    server.shutdown()
    server.server_close()
    with opened(address) as mailer, pytest.raises(MailRefused) as refusal:
        mailer.send(message())

    assert refusal.value.temporary
