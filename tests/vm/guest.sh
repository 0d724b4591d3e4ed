#!/bin/bash
# Runs in the test machine: sets drives up as a small office has them, then breaks one thing after the other, and has itaudit
# record each state. Speaks to record.py over the second serial line: "bundle NAME" with base64, "qmp JSON", "done", "failed WHY".
set -eux
export PATH=/usr/sbin:/usr/bin LC_ALL=C
say() { echo "$*" >/dev/ttyS1; }
stty -F /dev/ttyS1 raw -echo clocal
trap 'say "failed in line $LINENO: $BASH_COMMAND"; sleep 5; poweroff -f' ERR

record() { # NAME; again where this machine, which is emulated, was too slow for a question
    local bundle="/run/$1.jsonl.gz" attempt
    for attempt in 1 2 3 4; do
        udevadm settle
        sync
        # 1: there are findings.
        PYTHONPATH=/opt/itaudit python3 -m itaudit scan --only disks --no-save --deadline 900 --record "$bundle" || [ $? -eq 1 ]
        zcat "$bundle" | grep -q -e '^{"abandoned"' -e '"problem":"TimedOut"' || break
    done
    say "bundle $1"
    base64 "$bundle" >/dev/ttyS1
    say end
}

drive() { readlink -f /dev/disk/by-id/*"_$1" | head -n 1; }

filesystem() { # DEVICE FOLDER TYPE OPTIONS
    case $3 in
        ext4) mkfs.ext4 -q -E nodiscard "$1" ;;
        xfs) mkfs.xfs -q -K "$1" ;;
    esac
    mkdir -p "$2"
    echo "UUID=$(blkid -s UUID -o value "$1") $2 $3 $4 0 2" >>/etc/fstab
    mount "$2"
}

md_speed() { # KIBIBYTES a second, so that what takes a moment can be seen while it lasts
    echo "$1" >/proc/sys/dev/raid/speed_limit_min
    echo "$1" >/proc/sys/dev/raid/speed_limit_max
}

nvme_warning() {
    say "qmp {\"execute\": \"qom-set\", \"arguments\": {\"path\": \"/machine/peripheral/nvme\"," \
        "\"property\": \"smart_critical_warning\", \"value\": $1}}"
    sleep 3
}

systemctl is-system-running --wait || true # as any scan, after the start; a unit that failed is no matter here
for late in virtio_scsi usb_storage; do # blacklisted at the start, so that their drives always come after the others
    modprobe "$late"
    sleep 3
    udevadm settle
done
left=$(drive LEFT1) right=$(drive RIGHT1) weak=$(drive WEAK1) room=$(drive ROOM1) archive=$(drive ARCHIVE1)
stick=$(drive STICK1-0:0)

# Sound: a mirror, a store that grows, an encrypted drive with a volume group inside as Debian sets it up, a stick.
yes | mdadm --create /dev/md0 --metadata=1.2 --level=1 --raid-devices=2 "$left" "$right"
mdadm --wait /dev/md0 || true # 1: there was nothing to wait for
filesystem /dev/md0 /srv ext4 defaults
smartctl -t short "$left"
filesystem "$weak" /data ext4 errors=remount-ro
filesystem "$stick" /media/stick ext4 nofail

printf lab | cryptsetup luksFormat --batch-mode --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/nvme0n1 -
printf lab | cryptsetup open --key-file=- /dev/nvme0n1 locked
vgcreate private /dev/mapper/locked
lvcreate --yes -l 100%FREE -n home private
filesystem /dev/private/home /home ext4 defaults

vgcreate office "$room" "$archive"
lvcreate --yes -L 64M --thinpool pool office "$room"
lvcreate --yes -V 200M --thinpool pool -n machines office
lvcreate --yes -L 64M -n archive office "$archive"
filesystem /dev/office/archive /archive ext4 errors=remount-ro
lvcreate --yes -L 320M -n films office "$archive"
filesystem /dev/office/films /films xfs defaults
record sound

# The drive warns of itself. The mirror compares its halves, as it does every month: that is no fault.
nvme_warning 4
md_speed 1
echo check >/sys/block/md0/md/sync_action
record unreliable-nvme
echo idle >/sys/block/md0/md/sync_action
nvme_warning 0

mdadm /dev/md0 --fail "$right"
record degraded

mdadm /dev/md0 --remove "$right"
mdadm --zero-superblock "$right"
mdadm /dev/md0 --add "$right"
smartctl -s off "$weak"
sleep 2
record rebuilding
smartctl -s on "$weak"
md_speed 1000000
mdadm --wait /dev/md0 || true

# The store that grows is nearly full; a sector cannot be read; a planned place is not in use; the stick is pulled out.
dd if=/dev/urandom of=/dev/office/machines bs=1M count=62 conv=fsync
dd if="$weak" of=/dev/null bs=4096 skip=12500 count=1 iflag=direct || true # sector 100000
umount /data
dd if=/dev/zero of=/media/stick/film bs=1M count=8
say 'qmp {"execute": "device_del", "arguments": {"id": "stick"}}'
sleep 5 # nobody unmounts it: systemd read /etc/fstab before the stick was in it
# The cable of a drive falls out. A file system on it notices when something is written next.
echo 1 >"/sys/block/$(basename "$archive")/device/delete"
for place in /archive /films; do
    { echo accounts >$place/accounts && sync -f $place; } || true
    touch $place/again || true
done
sleep 2
record failing

say done
sleep 2
poweroff -f
