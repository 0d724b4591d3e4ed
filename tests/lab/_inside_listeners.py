"""Run inside a network namespace: open some places, then for each line of input print the doors that the provider sees, as JSON.

A line may hold an address that the machine gets first.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys

from itaudit import api
from itaudit.evidence.live import Live
from itaudit.facts.firewall import Firewall
from itaudit.facts.listening import Door, linux_doors
from itaudit.facts.security_section import Security

PLACES = (("tcp", "0.0.0.0", 2222), ("tcp", "127.0.0.1", 6379), ("tcp", "::1", 5433), ("udp", "0.0.0.0", 514))


def opened(kind: str, address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    one = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    one.bind((address, port))
    if kind == "tcp":
        one.listen()
    return one


def doors() -> list[dict[str, object]]:
    found = linux_doors.function(api.Ask(Live()), Security(), [Firewall(missing=api.AccessDenied())])
    return [
        {"subject": door.subject, "reach": door.reach.name, "programs": door.programs, "count": door.count}
        for door in found
        if isinstance(door, Door)
    ]


if __name__ == "__main__":
    run = subprocess.check_call
    links = ("link set lo up", "link add eth0 type veth peer name eth1", "link set eth0 up")
    for words in (*links, "address add 192.168.77.5/24 dev eth0"):
        run(["ip", *words.split()])
    kept = [opened(*place) for place in PLACES]
    print("ready", flush=True)
    for line in sys.stdin:
        if address := line.strip():
            run(["ip", "address", "add", address, "dev", "eth0"])
        listed = subprocess.check_output(["ss", "-lntuH"], text=True)
        print(json.dumps({"doors": doors(), "ss": listed}), flush=True)
