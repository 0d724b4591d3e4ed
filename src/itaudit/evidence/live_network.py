"""TCP connections, with errors as values of ours."""

from __future__ import annotations

import json
import socket
import time

from itaudit.errors import TimedOut, Unreachable
from itaudit.evidence.questions import Answer
from itaudit.evidence.questions_network import TcpConnect


def connect(host: str, port: int, timeout: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout)
    except TimeoutError as error:
        raise TimedOut(f"{host} port {port} did not answer within {timeout:g} s") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"{host} port {port}: {getattr(error, 'strerror', None) or error}") from error


def tcp_connect(question: TcpConnect) -> Answer:
    """Body: JSON {"milliseconds"}. Raises TimedOut, Unreachable."""
    started = time.perf_counter()
    connect(question.host, question.port, question.timeout).close()
    return Answer(body=json.dumps({"milliseconds": round((time.perf_counter() - started) * 1000, 3)}))
