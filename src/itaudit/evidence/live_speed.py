"""Internet speed, by programs of others run as guarded children.

speedtest-cli 2.1.3 takes over standard output when imported, so it is run, never imported.
It may end 0 with a download of 0 and an invented upload: the fact that reads the answer must demand bytes_received > 0.
"""

from __future__ import annotations

import sys

from itaudit.errors import ToolMissing
from itaudit.evidence.live_commands import Commands
from itaudit.evidence.questions import Answer, Command, Speed


def speed(question: Speed, commands: Commands) -> Answer:
    """Body: the backend's JSON. Raises ToolMissing for a backend that is not known."""
    if question.backend != "speedtest-cli":
        raise ToolMissing(question.backend)
    server = ("--mini", question.mini_url) if question.mini_url else ()
    # The public service refuses plain HTTP; a server of one's own may have nothing else.
    secure = () if question.mini_url.startswith("http://") else ("--secure",)
    argv = (sys.executable, "-m", "speedtest", "--json", *secure, *server)
    return commands.run(Command(argv, timeout=question.timeout))
