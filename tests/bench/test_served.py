"""The programs of the bench of the API read answers whole; its figures are for `encaisse bench api`."""

import socket
import threading

import pytest

from encaisse.bench.served import Cost, _Program

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


def test_a_program_reads_each_answer_whole_over_one_connection_and_minds_refusals():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                for said in ((ANSWER, b"12345"), (ANSWER + b"1234", b"5"), (b"HTTP/1.1 429 No\r\n\r\n",)):
                    line.recv(4096)
                    for part in said:
                        line.sendall(part)

        served = threading.Thread(target=answer)
        served.start()
        program = _Program(server.getsockname()[1], b"GET / HTTP/1.1\r\n\r\n")
        program.ask(2)
        with pytest.raises(RuntimeError, match="429"):
            program.ask(1)
        program.line.close()
        served.join()


def test_backends_that_went_away_take_nothing_back():
    before, after = Cost(1.0, {1: 5.0, 2: 1.0}), Cost(2.0, {2: 1.5, 3: 0.25})

    assert after.backends_since(before) == 0.75
