"""Passwords that work over the network are long, and guessing them is stopped.

Machines on the internet try passwords all day. A short one is found, unless whoever guesses wrong too often is kept out.
"""

from itaudit import api
from itaudit.facts.account import Accounts
from itaudit.facts.password_policy import PasswordPolicy
from itaudit.facts.ssh_server import SshServer


class Settings(api.CheckSettings):
    least_length: int = 8
    """Characters that a new password must have at least."""


FIX = api.Remedy(
    "Demand longer passwords, and keep out whoever guesses.",
    api.Effort.HOURS,
    steps=(
        "sudo apt install fail2ban   # or: sudo dnf install fail2ban; it keeps out addresses that guess",
        "printf '[sshd]\\nenabled = true\\nbackend = systemd\\n' | sudo tee /etc/fail2ban/jail.d/90-sshd.local"
        "   # without systemd: leave out the line backend",
        "sudo systemctl enable fail2ban && sudo systemctl restart fail2ban",
        "Debian and Ubuntu: sudo apt install libpam-pwquality, then minlen = 12 in /etc/security/pwquality.conf",
        "Fedora and its kin: minlen = 12 in /etc/security/pwquality.conf, and sudo authselect enable-feature with-faillock",
        "Better still: let nobody in with a password alone (see security.ssh).",
    ),
    undo="sudo rm /etc/fail2ban/jail.d/90-sshd.local; sudo apt remove fail2ban; take the line minlen out again",
    verify="sudo fail2ban-client status sshd lists the guard; sudo pwscore accepts no password of 7 characters.",
    if_you_wait="A password is found by guessing, and nobody notices the thousands of attempts before it.",
)


@api.check(
    severity=api.Severity.LOW, sources=("CIS v8.1 5.2 (8 characters with a second factor, 14 without), 4.10", "pam_faillock(8)")
)
def password_policy(policy: PasswordPolicy, servers: list[SshServer], accounts: list[Accounts], limits: Settings) -> api.Verdict:
    """Only where passwords open the machine from elsewhere: at its own screen nobody tries thousands."""
    server = servers[0]
    if not server.password or not server.reachable or server.second_factor:
        raise api.NotApplicable("nobody gets into this machine over the network with a password alone")
    if accounts[0].passwords_seen and not any(one.opens_from_elsewhere for one in accounts[0].accounts):
        raise api.NotApplicable("no account of this machine has a password")
    guard = policy.guard or ("PerSourcePenalties of sshd" if server.slows_guessing else "")
    detail = (
        f"least length: {policy.least_length} ({policy.length_from}); kept out after wrong passwords by: {guard or 'nothing'}"
    )
    faults = []
    if policy.least_length < limits.least_length:
        faults.append(f"passwords of {policy.least_length} characters are accepted")
    if not guard:
        faults.append("nobody is kept out for guessing them")
    if not faults:
        words = f"Passwords have {policy.least_length} characters or more, and who guesses is kept out."
        return api.verdict(api.Status.OK, words, detail=detail)
    words = f"People log in with passwords from elsewhere, and {' and '.join(faults)}."
    return api.verdict(api.Status.WARN, words, detail=detail, fix=FIX)
