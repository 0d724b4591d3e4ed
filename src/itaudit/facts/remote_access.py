"""Programs that let somebody control this machine from elsewhere while nobody sits at it.

Known by the places that their makers' packages install to, so that a system on a disk can be looked at too.
"""

from __future__ import annotations

from dataclasses import dataclass

from itaudit import api
from itaudit.facts.paths_there import paths_there
from itaudit.facts.security_section import Security
from itaudit.facts.starting_units import starting_units


@dataclass(frozen=True, slots=True)
class Known:
    """A program: its name in [security] remote_access, the name people know, where it lies, and the names of its services.

    only_starting: it comes with common systems and counts only where it starts with the machine. tunnel: a private network or
    tunnel, which gives reach and no control.
    """

    key: str
    name: str
    places: tuple[str, ...]
    units: tuple[str, ...] = ()
    only_starting: bool = False
    tunnel: bool = False


FLATPAKS = "/var/lib/flatpak/app/"
KNOWN = (
    Known("anydesk", "AnyDesk", ("/usr/bin/anydesk", "/opt/anydesk*", f"{FLATPAKS}com.anydesk.Anydesk"), ("anydesk",)),
    Known("teamviewer", "TeamViewer", ("/usr/bin/teamviewer", "/opt/teamviewer*"), ("teamviewerd",)),
    Known(
        "rustdesk",
        "RustDesk",
        ("/usr/bin/rustdesk", "/usr/share/rustdesk", "/usr/lib/rustdesk", f"{FLATPAKS}com.rustdesk.RustDesk"),
        ("rustdesk",),
    ),
    Known("screenconnect", "ScreenConnect", ("/opt/connectwisecontrol-*", "/opt/screenconnect-*"), ()),
    Known("splashtop", "Splashtop", ("/opt/splashtop*",), ("SRStreamer", "splashtop-streamer")),
    Known("nomachine", "NoMachine", ("/usr/NX/bin/nxserver",), ("nxserver",)),
    Known("chrome-remote-desktop", "Chrome Remote Desktop", ("/opt/google/chrome-remote-desktop",), ()),
    Known("dwservice", "DWService", ("/usr/share/dwagent",), ("dwagent",)),
    Known("meshagent", "MeshCentral", ("/usr/local/mesh*/meshagent", "/opt/meshagent"), ("meshagent",)),
    Known("supremo", "Supremo", ("/opt/supremo*",), ()),
    Known("x11vnc", "x11vnc", ("/usr/bin/x11vnc",), ("x11vnc",)),
    Known("tigervnc", "TigerVNC", ("/usr/bin/Xtigervnc", "/usr/bin/x0vncserver", "/usr/bin/x0tigervncserver"), ()),
    Known("tightvnc", "TightVNC", ("/usr/bin/Xtightvnc",), ()),
    Known("realvnc", "RealVNC", ("/usr/bin/vncserver-x11",), ("vncserver-x11-serviced", "vncserver-virtuald"), True),
    Known("wayvnc", "wayvnc", ("/usr/bin/wayvnc",), ("wayvnc",), True),
    Known("xrdp", "xrdp", ("/usr/sbin/xrdp",), ("xrdp",)),
    Known("ngrok", "ngrok", ("/usr/bin/ngrok", "/usr/local/bin/ngrok", "/snap/bin/ngrok"), ("ngrok",), tunnel=True),
    Known(
        "cloudflared", "Cloudflare Tunnel", ("/usr/bin/cloudflared", "/usr/local/bin/cloudflared"), ("cloudflared",), tunnel=True
    ),
    Known("frp", "frp", ("/usr/bin/frpc", "/usr/local/bin/frpc"), ("frpc",), tunnel=True),
    Known("tailscale", "Tailscale", ("/usr/sbin/tailscaled", "/usr/bin/tailscaled"), ("tailscaled",), tunnel=True),
    Known("zerotier", "ZeroTier", ("/usr/sbin/zerotier-one",), ("zerotier-one",), tunnel=True),
)


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """A program for remote control. starts: it starts with the machine. accepted: the owner named it as known."""

    key: str
    name: str
    places: tuple[str, ...]
    starts: bool
    tunnel: bool
    accepted: bool

    @property
    def subject(self) -> str:
        return self.name


def _accepted(known: Known, names: tuple[str, ...]) -> bool:
    return bool({known.key, known.name.casefold()} & {name.strip().casefold() for name in names})


@api.provider("linux", seconds=15)
def remote_tools(ask: api.Ask, security: Security) -> api.Facts[RemoteTool]:
    """Each one that is installed. NotApplicable when none of those we know is."""
    found = paths_there(ask, [place for known in KNOWN for place in known.places])
    starting = starting_units(ask)
    count = 0
    for known in KNOWN:
        places = tuple(path for place in known.places for path in found.get(place, ()))
        starts = bool(starting.intersection(known.units))
        if places and (starts or not known.only_starting):
            count += 1
            yield RemoteTool(known.key, known.name, places, starts, known.tunnel, _accepted(known, security.remote_access))
    if not count:
        raise api.NotApplicable(f"none of the {len(KNOWN)} programs for remote control that we know is installed")
