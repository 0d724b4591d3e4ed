#!/bin/sh
# Makes the disk of the test machine: image.sh FOLDER. Debian with its own kernel, the tools that itaudit asks, and itaudit itself.
# Debian and the libraries stay in FOLDER (delete it for newer ones); itaudit and guest.sh are copied anew each time.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
folder=$1
root=$folder/root
suite=bookworm # whose Python is 3.11
tools="smartmontools mdadm lvm2 thin-provisioning-tools cryptsetup-bin btrfs-progs xfsprogs cron"
system="systemd-sysv udev dbus kmod procps python3 initramfs-tools linux-image-amd64"

mkdir -p "$folder"
if [ ! -e "$folder/root.made" ]; then
    rm -rf --one-file-system "$root" # an interrupted debootstrap may have left /proc in it
    debootstrap --variant=minbase --include="$(echo $system $tools | tr ' ' ',')" "$suite" "$root" >"$folder/debootstrap.log" 2>&1 \
        || { tail -5 "$folder/debootstrap.log"; exit 1; }
    touch "$folder/root.made"
fi
libraries=$(cat "$project/pyproject.toml" "$project/constraints.txt" | sha256sum)
if [ "$libraries" != "$(cat "$folder/libraries.made" 2>/dev/null)" ]; then
    rm -rf "$root/opt/itaudit"
    "$project/.venv/bin/python" -m pip install --disable-pip-version-check --quiet --target "$root/opt/itaudit" \
        --only-binary=:all: --python-version 3.11 --implementation cp \
        --platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
        -c "$project/constraints.txt" "$project"
    echo "$libraries" >"$folder/libraries.made"
fi
rm -rf "$root/opt/itaudit/itaudit"
cp -r "$project/src/itaudit" "$root/opt/itaudit/itaudit"
chroot "$root" python3 -m compileall -q /opt/itaudit >/dev/null || true # some packages ship templates of programs

install -m 755 "$here/guest.sh" "$root/opt/guest.sh"
cat >"$root/etc/systemd/system/guest.service" <<UNIT
[Service]
ExecStart=/opt/guest.sh
StandardOutput=journal+console
StandardError=journal+console
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../guest.service "$root/etc/systemd/system/multi-user.target.wants/guest.service"
echo office-server >"$root/etc/hostname"
: >"$root/etc/fstab"

cp "$root"/boot/vmlinuz-* "$folder/vmlinuz"
cp "$root"/boot/initrd.img-* "$folder/initrd.img"
rm -f "$folder/root.img"
truncate -s 2G "$folder/root.img"
mke2fs -q -t ext4 -E lazy_itable_init=1 -d "$root" "$folder/root.img"
