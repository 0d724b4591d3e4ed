"""Backup programs that itaudit knows by their traces only, and cannot look into.

A trace is a file that appears when the program is set up (not merely when it is installed, as far as its makers part the two),
or the program running.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """traces: patterns of files. programs: names of programs that run all the time where it is set up."""

    name: str
    traces: tuple[str, ...]
    programs: tuple[str, ...] = ()


PRODUCTS = (
    Product("Veeam Agent", ("/var/lib/veeam/veeam_db.sqlite", "/opt/veeam/deployment"), ("veeamservice", "veeamdeploymentsvc")),
    Product("Acronis Cyber Protect", ("/usr/lib/Acronis/BackupAndRecovery", "/etc/Acronis"), ("acronis_mms",)),
    Product(
        "Bacula",
        ("/etc/bacula/bacula-fd.conf", "/opt/bacula/etc/bacula-fd.conf", "/etc/bareos/bareos-fd.d"),
        ("bacula-fd", "bareos-fd"),
    ),
    Product("Amanda", ("/etc/amanda/*/amanda.conf", "/etc/amanda-client.conf", "/etc/amanda/amanda-client.conf"), ("amandad",)),
    Product(
        "UrBackup",
        ("/usr/local/var/urbackup/data", "/var/urbackup/data", "/var/lib/urbackup/data"),
        ("urbackupclientbackend",),
    ),
    Product("Synology Active Backup", ("/opt/Synology/ActiveBackupforBusiness",), ("synobackupd", "abb-agent")),
    Product("Synology Hyper Backup", ("/var/packages/HyperBackup/target",)),
    Product("Proxmox Backup Server", ("/etc/proxmox-backup/datastore.cfg",), ("proxmox-backup-api",)),
    Product("BackupPC", ("/etc/backuppc/config.pl", "/etc/BackupPC/config.pl"), ("BackupPC",)),
    Product("burp", ("/etc/burp/burp.conf",)),
    Product("backupninja", ("/etc/backup.d/*.[a-z]*",)),
    Product("backup2l", ("/etc/backup2l.conf",)),
    Product("dirvish", ("/etc/dirvish/master.conf", "/etc/dirvish.conf")),
    Product("btrbk", ("/etc/btrbk/btrbk.conf", "/etc/btrbk.conf")),
    Product("zrepl", ("/etc/zrepl/zrepl.yml",), ("zrepl",)),
    Product("autorestic", ("/root/.autorestic.y*ml", "/etc/autorestic/*.y*ml", "/root/.config/autorestic/*.y*ml")),
    Product("resticprofile", ("/etc/resticprofile/profiles.*", "/root/.config/resticprofile/profiles.*", "/root/profiles.yaml")),
    Product("rustic", ("/etc/rustic/*.toml", "/root/.config/rustic/*.toml")),
    Product("Backrest", ("/root/.config/backrest/config.json", "/opt/backrest/config/config.json"), ("backrest",)),
    Product("tarsnap", ("/root/tarsnap.key", "/etc/tarsnap.key")),
    Product("Vorta", ("/home/*/.local/share/Vorta/settings.db", "/root/.local/share/Vorta/settings.db"), ("vorta",)),
    Product("Pika Backup", ("/home/*/.var/app/org.gnome.World.PikaBackup/config/pika-backup/backup.json",)),
    Product("Déjà Dup", ("/home/*/.cache/deja-dup/[0-9a-f]*",)),
    Product("Back In Time", ("/home/*/.config/backintime/config", "/root/.config/backintime/config")),
    Product(
        "Duplicati",
        ("/root/.config/Duplicati/*.sqlite", "/home/*/.config/Duplicati/*.sqlite", "/var/lib/duplicati/*.sqlite"),
    ),
    Product("CrashPlan", ("/usr/local/crashplan/conf",), ("CrashPlanService", "code42-service")),
    Product("IDrive", ("/opt/IDriveForLinux",)),
    Product("MSP360 (CloudBerry)", ("/opt/local/Online Backup",), ("cbbbackup", "onlinebackup")),
    Product("N-able Cove", ("/opt/MXB/etc",), ("BackupFP",)),
    Product("Ahsay", ("/usr/local/obm", "/usr/local/acb")),
    Product("Datto", ("/etc/datto",), ("dlad",)),
    Product("Nakivo", ("/opt/nakivo",)),
    Product("Arcserve", ("/opt/Arcserve",)),
    Product("Veritas", ("/usr/openv/netbackup/bp.conf", "/etc/VRTSralus"), ("beremote",)),
    Product("IBM Storage Protect", ("/opt/tivoli/tsm/client/ba/bin/dsm.sys",), ("dsmcad",)),
    Product("Commvault", ("/etc/CommVaultRegistry",), ("cvlaunchd",)),
    Product("Dell Avamar", ("/usr/local/avamar/bin", "/var/avamar"), ("avagent.bin",)),
    Product("Dell NetWorker", ("/nsr/res/nsrla.res",), ("nsrexecd",)),
    Product("Rubrik", ("/etc/rubrik",), ("backup_agent_main",)),
    Product("Cohesity", ("/opt/cohesity/agent",)),
    Product("SEP sesam", ("/var/opt/sesam",)),
    Product("JetBackup", ("/usr/local/jetapps/etc/jetbackup*",)),
    Product("cPanel", ("/var/cpanel/backups/config",)),
)
