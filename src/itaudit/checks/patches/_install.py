"""The one remedy for updates that wait: findings that share it are one action."""

from dataclasses import replace

from itaudit import api
from itaudit.facts.updates import PackageManager

INSTALL = api.Remedy(
    "Install the waiting updates.",
    api.Effort.MINUTES,
    steps=("sudo apt-get update", "sudo apt-get dist-upgrade"),
    undo="sudo apt-get install PACKAGE=OLD-VERSION; the old versions are in /var/log/apt/history.log.",
    verify="apt list --upgradable shows nothing; then scan again.",
    if_you_wait="Known holes stay open, and programs that search the internet for them find this machine sooner or later.",
)


def with_commands_of(manager: PackageManager, remedy: api.Remedy) -> api.Remedy:
    """The same remedy, done with this manager's own commands."""
    if manager.name == "apt":
        return remedy
    return replace(
        remedy,
        steps=manager.install,
        undo="Install the old version again, or restore the backup made before.",
        verify="itaudit scan --only patches",
    )
