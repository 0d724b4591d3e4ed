"""What gets no answer is asked twice, the second time while the first still waits."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset
import pytest

from itaudit import api
from itaudit.contributions import Ask
from itaudit.evidence.bundle import Recorder, _parse
from itaudit.evidence.questions import Source
from itaudit.facts.lookups import Lookups
from itaudit.facts.server_answers import ServerAnswer, State, answers_of
from itaudit.facts.targets import Targets
from lab.dns import scripted

ZONE, HERE = "a.test", "127.0.0.1"
DATA = {dns.rdatatype.SOA: "ns1.a.test. h.a.test. 7 14400 3600 1209600 300", dns.rdatatype.NS: "ns1.a.test."}
Message = dns.message.Message


def rules(query: Message) -> Message:
    """A name server that holds a.test."""
    question, response = query.question[0], dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if data := DATA.get(question.rdtype):
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, data))
    return response


@pytest.fixture
def hesitating() -> Iterator[int]:
    """A port that answers the first question for a zone's start or servers only once it has come a second time, with another
    number; and never the second."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HERE, 0))
        server.settimeout(0.1)
        stop = threading.Event()
        first: dict[bytes, tuple[bytes, Any]] = {}

        def serve() -> None:
            while not stop.is_set():
                try:
                    wire, sender = server.recvfrom(65535)
                except TimeoutError:
                    continue
                query = dns.message.from_wire(wire)
                if query.question[0].rdtype in DATA:
                    earlier, asker = first.setdefault(wire[2:], (wire, sender))
                    if earlier[:2] != wire[:2]:
                        server.sendto(rules(dns.message.from_wire(earlier)).to_wire(), asker)
                else:
                    server.sendto(rules(query).to_wire(), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        stop.set()
        thread.join(5)


def look(ask: api.Ask, port: int) -> ServerAnswer:
    return answers_of(Lookups(ask, Targets(authoritative_port=port)), ZONE, [HERE], {4})[HERE]


def test_the_second_try_begins_while_the_first_still_waits(live: api.Ask, hesitating: int) -> None:
    answer = look(live, hesitating)
    assert (answer.state, answer.names) == (State.ANSWERS, frozenset({"ns1.a.test"}))


def test_a_replay_that_waits_for_nothing_judges_the_same(live_source: Source, hesitating: int) -> None:
    recorder = Recorder(live_source)
    asked = Ask(recorder)
    visit = look(asked, hesitating)
    replayed = Ask(_parse(io.BytesIO("".join(recorder.lines({})).encode()), Path("visit")))
    assert look(replayed, hesitating) == visit
    assert replayed.taken_keys() == asked.taken_keys()


def test_a_silent_server_is_asked_twice_and_no_third_time(live: api.Ask) -> None:
    seen: list[tuple[int, int]] = []

    def silent(query: Message) -> None:
        if query.edns >= 0 and query.question[0].rdtype == dns.rdatatype.SOA:
            seen.append((query.id, query.flags))

    with scripted(silent, tcp=False) as port:
        assert look(live, port).state is State.SILENT
        end = time.monotonic() + 60
        while len(seen) < 4 and time.monotonic() < end:
            time.sleep(0.05)  # the last one was sent, and may not have been read yet
    assert len(set(seen)) == 2, "two questions, each with a number of its own"
    assert len(seen) == 4, "and each sent once more"


def test_every_question_that_counted_is_evidence(live: api.Ask) -> None:
    with scripted(rules) as port:
        look(live, port)
    assert len(live.taken_keys()) == 7  # start over UDP and TCP, names, mixed letters, a foreign name, version, transfer
