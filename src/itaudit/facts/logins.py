"""When each person's account was used last: by the records of logins, and by the files that people change as they work.

No record is whole: ssh(1) without a terminal (sftp, rsync, git) leaves none, some desktops write only wtmp(5). So accounts that
open with a key alone are not told of, and for the others the newest trace of all counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itaudit import api
from itaudit.facts.account import Account, Accounts, Password

RECORDS = (
    api.LoginRecords("/var/log/lastlog", "lastlog"),
    api.LoginRecords("/var/lib/lastlog/lastlog2.db", "lastlog2"),
    api.LoginRecords("/var/log/wtmp", "wtmp"),
    api.LoginRecords("/var/log/wtmp.1", "wtmp"),
    api.LoginRecords("/var/lib/wtmpdb/wtmp.db", "wtmpdb"),
)
_IN_HOME = ("", "/.bash_history", "/.zsh_history", "/.cache", "/.config/dconf/user", "/.local/share")
_MOST = 200
_MOST_HOMES = 20
"""On a network mount each question starts a program; more homes are not looked into."""
_AHEAD = timedelta(days=1)
"""A trace from further in the future than clocks differ proves nothing."""
_FRESH = timedelta(days=7)
"""Who logged in within this time needs no other proof of being there."""


@dataclass(frozen=True, slots=True)
class PersonalAccount:
    """An account of a person that opens with a password. used: newest trace of use, from where ("" for none).

    recorded_since: from when on its logins would be on record; None where this system keeps no record of logins.
    """

    name: str
    number: int
    used: datetime | None
    source: str
    recorded_since: datetime | None

    @property
    def subject(self) -> str:
        return f"account {self.name}"


@dataclass(frozen=True, slots=True)
class _Records:
    newest: Mapping[str, tuple[datetime, str]]
    since: datetime | None


@api.provider("linux", seconds=30)
def personal_accounts(ask: api.Ask, machine: api.Machine, accounts: list[Accounts]) -> api.Facts[PersonalAccount]:
    """One fact an account. Raises api.AccessDenied where it is not seen which accounts open."""
    for each in accounts:
        if not each.passwords_seen:
            raise api.AccessDenied("/etc/shadow")
        people = [
            one for one in each.accounts if one.person and one.interactive and not one.ended and one.password is Password.SET
        ]
        if not people:
            return
        records = _recorded(ask)
        unsure = [one for one in people[:_MOST] if machine.now - _login(one, records)[0] > _FRESH][:_MOST_HOMES]
        traces = dict(zip((one.name for one in unsure), _home_traces(ask, unsure, machine), strict=True))
        for person in people[:_MOST]:
            if person.name not in traces and machine.now - _login(person, records)[0] > _FRESH:
                reason = api.Unreadable(f"more than {_MOST_HOMES} homes would have to be looked into")
                yield api.Gap(f"account {person.name}", reason)
                continue
            moments = [_login(person, records), *traces.get(person.name, [])]
            used, source = max((moment for moment in moments if moment[0] <= machine.now + _AHEAD), default=(_NEVER, ""))
            known = used > _NEVER
            yield PersonalAccount(person.name, person.number, used if known else None, source if known else "", records.since)


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def _login(account: Account, records: _Records) -> tuple[datetime, str]:
    found = (records.newest.get(key) for key in (account.name, f"#{account.number}"))
    return max((moment for moment in found if moment), default=(_NEVER, ""))


def _recorded(ask: api.Ask) -> _Records:
    newest: dict[str, tuple[datetime, str]] = {}
    starts: list[datetime] = []
    for question, answer in zip(RECORDS, ask.many(RECORDS), strict=True):
        try:
            logins, since = _read(answer)
        except api.Missing:
            continue
        # A record that only tells when the machine started does not prove that logins are recorded.
        starts += [since] if since and logins else []
        for name, when in logins:
            newest[name] = max(newest.get(name, (_NEVER, "")), (when, question.path))
    return _Records(newest, min(starts, default=None))


def _read(answer: api.Answer) -> tuple[list[tuple[str, datetime]], datetime | None]:
    body = answer.json
    try:
        logins = [(str(name), moment) for name, seconds in body["logins"].items() if (moment := _moment(seconds))]
        return logins, _moment(body["since"])
    except (KeyError, TypeError, AttributeError) as error:
        raise api.Unreadable(f"records of logins: {error}"[:200]) from error


def _moment(seconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _home_traces(ask: api.Ask, accounts: Sequence[Account], machine: api.Machine) -> Iterator[list[tuple[datetime, str]]]:
    """Changes of files in each home; the day of the last change of password and a session that is open count too."""
    for account in accounts:
        traces: list[tuple[datetime, str]] = []
        if account.changed:
            traces.append((datetime(account.changed.year, account.changed.month, account.changed.day, tzinfo=UTC), "/etc/shadow"))
        paths = (
            [account.home.rstrip("/") + end for end in _IN_HOME] if account.home.startswith("/") and account.home != "/" else []
        )
        questions = [api.FileStatus(path) for path in paths]
        traces += [(when, q.path) for q, answer in zip(questions, ask.many(questions), strict=True) if (when := _changed(answer))]
        if ask(api.FileStatus(f"/run/user/{account.number}")).error is None:
            traces.append((machine.now, "an open session"))
        yield traces


def _changed(answer: api.Answer) -> datetime | None:
    try:
        return _moment(answer.json["modified"])
    except (api.Missing, KeyError, TypeError):
        return None
