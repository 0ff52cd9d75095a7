#!/bin/sh
# Makes a Debian root file system a cloud guest. $1: the root; $0 lies beside the files that it copies.
set -eu
root=$1
here=$(cd "$(dirname "$0")" && pwd)

# cloud-init: on, with the metadata service as its one source
echo 'policy: enabled' >"$root/etc/cloud/ds-identify.cfg"
install -m 644 "$here/cloud.cfg" "$root/etc/cloud/cloud.cfg.d/90_firesteel.cfg"

mkdir -p "$root/etc/network/interfaces.d"
cat >"$root/etc/network/interfaces" <<'X'
source /etc/network/interfaces.d/*
auto lo
iface lo inet loopback
auto eth0
iface eth0 inet dhcp
X
: >"$root/etc/resolv.conf"
: >"$root/etc/fstab"
echo debian >"$root/etc/hostname"

# Clock and devices belong to the host; units that wait or fail in a container, and user@ that delays every shutdown
# after an SSH login by 90 s, stay out. So does the console's getty: nobody has a password, and it hangs up whoever is
# writing there when it starts, so that cloud-init's host keys would not always get there.
for unit in console-getty.service user@.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
  e2scrub_reap.service fstrim.timer; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
chroot "$root" systemctl set-default multi-user.target >/dev/null

# Identity is made at first boot
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
chroot "$root" passwd --lock root >/dev/null
mkdir -p "$root/etc/ssh/sshd_config.d"
printf 'UseDNS no\nPasswordAuthentication no\n' >"$root/etc/ssh/sshd_config.d/10-firesteel.conf"

chroot "$root" dpkg-divert --local --rename --divert /sbin/init.systemd --add /sbin/init >/dev/null
rm -f "$root/sbin/init"
install -m 755 "$here/init.sh" "$root/sbin/init"
