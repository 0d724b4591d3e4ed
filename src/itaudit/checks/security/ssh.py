"""Nobody gets in from elsewhere with a password alone.

Machines all over the internet try passwords at every door for remote work (SSH), day and night. A key file cannot be guessed.
"""

from dataclasses import replace

from itaudit import api
from itaudit.facts.account import Accounts, Password
from itaudit.facts.ssh_server import SshServer

FIX = api.Remedy(
    "Let people in from elsewhere with a key file only.",
    api.Effort.HOURS,
    steps=(
        "sudo sshd -t && sudo systemctl try-reload-or-restart ssh   # the unit is sshd on Fedora, openSUSE and Arch;"
        " Alpine: rc-service sshd reload",
    ),
    undo="sudo rm /etc/ssh/sshd_config.d/00-keys-only.conf && sudo systemctl try-reload-or-restart ssh",
    verify="sudo sshd -T | grep -E '^(permitrootlogin|passwordauth|kbdinteractiveauth|permitempty)' shows no yes",
    if_you_wait="Sooner or later a password is guessed or stolen, and a stranger works on this machine.",
)
FIX_METHODS = replace(
    FIX,
    action="Take the broken methods of encryption out of remote login.",
    effort=api.Effort.MINUTES,
    undo="Put the lines back, and reload.",
    verify="sudo sshd -T | grep -E '^(ciphers|macs|kexalgorithms)' shows none of those in the detail",
    if_you_wait="Whoever can listen in on the line may one day read or change what passes over it.",
)
_OTHERS_WRITE = 0o022
_ROOT = 0
_KEYS = "On each person's computer: ssh-keygen -t ed25519, then: ssh-copy-id NAME@THIS_MACHINE; try it, and stay logged in"
_SAFE_FILES = "For each person, or their key is refused: sudo chmod go-w ~NAME ~NAME/.ssh ~NAME/.ssh/authorized_keys"
_METHODS = "Take lines with Ciphers, MACs or KexAlgorithms that name what the detail names out of /etc/ssh/sshd_config."
_NO_FOLDER = "   # older systems have no such folder: there, the same lines at the top of /etc/ssh/sshd_config"
_WITHOUT_PASSWORDS = ("PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitEmptyPasswords no")


def _root_has_password(accounts: Accounts) -> bool:
    """In doubt it has. Whoever has its number is root (sshd_config(5) PermitRootLogin)."""
    roots = [one.password for one in accounts.accounts if one.number == _ROOT]
    return not roots or Password.SET in roots or Password.UNKNOWN in roots


def _somebody_has_password(accounts: Accounts) -> bool:
    """Somebody but root, for whom the server has a setting of its own."""
    others = [one for one in accounts.accounts if one.number != _ROOT]
    return not accounts.passwords_seen or bool(accounts.directories) or any(one.opens_from_elsewhere for one in others)


def _open_key_files(accounts: Accounts) -> list[str]:
    return [f"{path} ({mode:04o})" for one in accounts.accounts for path, mode in one.key_files if mode & _OTHERS_WRITE]


def _enough(server: SshServer, accounts: Accounts) -> str:
    """Is a password alone enough by the settings, and what keeps everybody out all the same?"""
    if not (server.password or server.root_password or server.empty_passwords):
        return "no"
    yes = "yes" if server.password or server.empty_passwords else "yes, for root"
    if not server.reachable:
        return f"{yes}, but only this machine itself reaches it"
    if server.empty_passwords:
        return yes
    if server.second_factor:
        return f"{yes}, but PAM asks for a second factor as well"
    root = server.root_password and _root_has_password(accounts)
    others = server.password and _somebody_has_password(accounts)
    return yes if root or others else f"{yes}, but no account that it lets in has one"


def _detail(server: SshServer, accounts: Accounts) -> str:
    lines = [
        f"permitrootlogin {server.root_login}; a password alone is enough: {_enough(server, accounts)}",
        f"listens: {', '.join(server.listens[:8]) or 'every address'}; told by {'sshd -T' if server.asked else 'its files'}",
        f"broken methods that are allowed: {', '.join(server.weak[:10])}" if server.weak else "",
        *server.uncertain,
        *(f"others may write: {line}" for line in _open_key_files(accounts)[:10]),
    ]
    return "; ".join(line for line in lines if line)


def _judged(server: SshServer, accounts: Accounts) -> tuple[api.Status, str, api.Severity]:
    """The worst that there is."""
    far = server.reachable
    if server.empty_passwords and far:
        return api.Status.FAIL, "Remote login lets in accounts that have no password at all.", api.Severity.CRITICAL
    if server.root_password and far and not server.second_factor and _root_has_password(accounts):
        words = "From elsewhere, a password alone makes anybody the administrator of this machine."
        return api.Status.FAIL, words, api.Severity.HIGH
    if not server.strict_modes and _open_key_files(accounts):
        words = "Other accounts can add their own key to that of somebody else, and then get in under that name."
        return api.Status.FAIL, words, api.Severity.HIGH
    if server.password and far and not server.second_factor and _somebody_has_password(accounts):
        return api.Status.WARN, "From elsewhere, a password alone is enough to get into this machine.", api.Severity.MEDIUM
    if server.weak:
        return api.Status.WARN, "Remote login allows methods of encryption that are broken.", api.Severity.LOW
    return api.Status.OK, "Nobody gets into this machine from elsewhere with a password alone.", api.Severity.HIGH


def _fix(server: SshServer) -> api.Remedy:
    """Only what is to be changed: the first value of a setting counts, so a milder one would win over what is there."""
    passwords = not server.second_factor and (server.password or server.root_password or server.empty_passwords)
    wanted = [*(_WITHOUT_PASSWORDS if passwords else ())]
    wanted += ["PermitRootLogin prohibit-password"] if passwords and server.root_login == "yes" else []
    wanted += [] if server.strict_modes else ["StrictModes yes"]
    text = "".join(f"{line}\\n" for line in wanted)
    steps = (
        *([_KEYS] if passwords else []),
        *([] if server.strict_modes else [_SAFE_FILES]),
        *([f"sudo sh -c 'printf \"{text}\" > /etc/ssh/sshd_config.d/00-keys-only.conf'{_NO_FOLDER}"] if wanted else []),
        *([_METHODS] if server.weak else []),
    )
    return replace(FIX if wanted else FIX_METHODS, steps=(*steps, *FIX.steps))


@api.check(severity=api.Severity.HIGH, sources=("CIS v8.1 4.1, 6.4, 3.10", "sshd_config(5)"))
def ssh(server: SshServer, accounts: list[Accounts]) -> api.Verdict:
    """Of a server that only this machine itself reaches, passwords are no fault."""
    status, words, severity = _judged(server, accounts[0])
    detail = _detail(server, accounts[0])
    if status is not api.Status.FAIL and server.uncertain:
        words = "Remote login has other rules for some connections, and whom they let in could not be seen"
        if server.asked:
            unlock = "Have your IT person look at what the detail names."
            return api.verdict(api.Status.UNKNOWN, f"{words}.", detail=detail, unlock=unlock)
        # Ubuntu's sshd cannot be asked before somebody came in for the first time since the start.
        unlock = "Run itaudit as root (sudo itaudit scan), after somebody logged in from elsewhere."
        return api.verdict(api.Status.UNKNOWN, f"{words} by this user.", detail=detail, unlock=unlock)
    return api.verdict(status, words, detail=detail, fix=_fix(server), severity=severity)
