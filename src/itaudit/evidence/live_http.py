"""Pages of the web. Every answer is bounded in bytes and in total time, however slowly the other side dribbles."""

from __future__ import annotations

import contextlib
import json
import time

from itaudit.errors import TimedOut, Unreachable, Unreadable
from itaudit.evidence.questions import Answer, Http


def http(question: Http) -> Answer:
    """Body: JSON as Http says. Certificates are verified. Raises TimedOut, Unreachable, or Unreadable for a body without end."""
    import urllib3

    deadline = time.monotonic() + question.timeout
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=question.timeout), retries=False)
    retries = urllib3.Retry(total=question.redirects, connect=0, read=0, redirect=question.redirects, raise_on_redirect=False)
    try:
        with contextlib.closing(
            pool.request(question.method, question.url, preload_content=False, retries=retries, redirect=question.redirects > 0)
        ) as response:
            content = b""
            while chunk := response.read(16384):
                content += chunk
                if time.monotonic() > deadline:
                    raise TimedOut(f"{question.url} was still sending after {question.timeout:g} s")
                if len(content) > question.limit_bytes:
                    raise Unreadable(f"{question.url} sent more than {question.limit_bytes} bytes")
            body = {
                "status": response.status,
                "headers": {name.lower(): value for name, value in response.headers.items()},
                "text": content.decode(errors="replace"),
                "url": response.geturl() or question.url,
            }
    except urllib3.exceptions.TimeoutError as error:
        raise TimedOut(question.url) from error
    except urllib3.exceptions.LocationValueError as error:
        raise Unreadable(f"not an address: {question.url}") from error
    except urllib3.exceptions.HTTPError as error:
        raise Unreachable(f"{question.url}: {error}"[:300]) from error
    return Answer(body=json.dumps(body))
