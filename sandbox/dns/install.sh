#!/bin/sh
# Adds packages to the root file system of the control plane: what they bring becomes a layer of its own, and what is below
# stays as it is. Runs in mount and pid namespaces that end with it.
# install.sh BASE LAYER SCRATCH ARCHIVES PACKAGE…
set -eu
base=$1 layer=$2 scratch=$3 archives=$4
shift 4
root=$scratch/merged

# See sandbox/_mmdebstrap.ts: "volatile" leaves out what dpkg syncs.
mkdir -p "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer,workdir=$scratch/work,volatile" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$archives/partial"
mount --bind "$archives" "$root/var/cache/apt/archives"
# What this machine needs to reach its mirrors, and is nobody else's.
for name in resolv.conf hosts apt/auth.conf apt/auth.conf.d; do
  [ -e "/etc/$name" ] || continue
  if [ -d "/etc/$name" ]; then mkdir -p "$root/etc/$name"; else [ -e "$root/etc/$name" ] || : >"$root/etc/$name"; fi
  mount --bind "/etc/$name" "$root/etc/$name"
done
# Packages would each start an interpreter to compile themselves, and some a service.
mount --bind "$root/bin/true" "$root/usr/bin/py3compile"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

for package in designate-common designate-api; do
  for question in configure_db configure_rabbit configure_ksat configure_api-endpoint; do
    echo "$package designate/$question boolean false"
  done
done | chroot "$root" debconf-set-selections
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
chroot "$root" apt-get update -q
chroot "$root" apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-unsafe-io -- "$@"

umount "$root/usr/bin/py3compile"
chroot "$root" python3 -m compileall -q -q -j 0 /usr/lib/python3/dist-packages || true
# A key of its own would be the same in every sandbox that stands on this.
rm -rf "$root/usr/sbin/policy-rc.d" "$root/etc/bind/rndc.key" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
