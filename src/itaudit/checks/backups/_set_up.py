"""The remedy where there is no backup at all, shared: it cures every finding that follows from that, as one action."""

from __future__ import annotations

from itaudit import api

SET_UP = api.Remedy(
    "Set up a daily backup of this machine, or tell us where its backup is.",
    api.Effort.DAY,
    cost=(0, 300),
    steps=(
        "sudo apt-get install restic",
        "sudo install -d -m 700 /etc/restic, then write a long password into /etc/restic/password (mode 600). Keep it on paper or"
        " in a password manager too: without it the backup is lost together with this machine.",
        "sudo restic --repo LOCATION --password-file /etc/restic/password init",
        "systemd timer or cron of root: restic --repo LOCATION --password-file /etc/restic/password backup FOLDERS, which are all"
        " that this finding names; databases first written out (pg_dumpall, mysqldump), never their own files alone",
        "a backup that is there already: itaudit.toml, [[backups.repositories]] name, product, location, password_file",
        'saved in a way that itaudit cannot see (for example by the hosting company): [[accepted]] check = "backups.exists"',
    ),
    undo="Remove the timer; the repository can stay.",
    verify="itaudit scan --only backups",
    if_you_wait="If the disk fails, everything on this machine since its last copy is lost for good.",
)
