#!/bin/bash
# PID 1 of the sandbox, in new namespaces: builds its root from the read-only root file system and the state folder,
# moves into it, sets up its network, and becomes tini with the supervisor as its child: killing PID 1 ends everything.
# init.sh STATE ROOTFS[:BELOW…] HOST_NET API_CIDR GATEWAY
set -euo pipefail
state=$1 rootfs=$2 host_net=$3 api=$4 gateway=$5
read -r host_pid _ </proc/self/stat # /proc is still the host's

root=$state/root
mount --make-rprivate /
mkdir -p "$root" "$state"/{instances,images/staging,keystone,logs,tmp,node-2/instances}
chmod 1777 "$state/tmp"
if [ ! -e "$state/mysql" ]; then # a new sandbox: MariaDB's system tables, as the package made them
  rm -rf "$state/mysql.unfinished"
  cp -a "${rootfs##*:}/var/lib/mysql" "$state/mysql.unfinished"
  mv "$state/mysql.unfinished" "$state/mysql"
fi

# What the services write outside the state folder is of this run only.
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir "$root"/{upper,work,merged}
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$root/upper,workdir=$root/work" "$root/merged"
root=$root/merged
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
# Only the v1 controllers and name=systemd: libvirt's LXC driver fails where it sees cgroup2 beside them.
mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
while IFS=: read -r _ controllers _; do
  [ -n "$controllers" ] || continue
  folder=$root/sys/fs/cgroup/${controllers#name=}
  mkdir "$folder"
  case $controllers in
    name=*) mount -t cgroup -o "none,$controllers" cgroup "$folder" ;;
    *) mount -t cgroup -o "$controllers" cgroup "$folder" ;;
  esac
  case $controllers in
    *,*) for one in ${controllers//,/ }; do ln -s "$controllers" "$root/sys/fs/cgroup/$one"; done ;;
  esac
done </proc/self/cgroup

mkdir -p "$root"/var/lib/firesteel "$root"/var/lib/{nova/instances,glance/images}
mount --bind "$state" "$root/var/lib/firesteel"
mount --bind "$state/mysql" "$root/var/lib/mysql"
mount --bind "$state/instances" "$root/var/lib/nova/instances"
# Programs in namespaces of their own (dnsmasq, haproxy) have a copy of the servers' mounts: shared, it goes when a server stops.
# Else its file system would stay mounted, and be mounted a second time when the server starts again.
mount --make-shared "$root/var/lib/nova/instances"
mount --bind "$state/images" "$root/var/lib/glance/images"
if [ -d "$root/var/cache/bind" ]; then # zones that Designate has given it
  mkdir -p "$state/bind"
  mount --bind "$state/bind" "$root/var/cache/bind"
fi
mount --bind "$state/tmp" "$root/tmp"
mount --bind "$state/tmp" "$root/var/tmp"
mkdir -p "$root"/run/{mysqld,lock,libvirt,firesteel,netns}
mkdir -p "$root"/run/lock/{nova,neutron,glance} "$root/var/log/rabbitmq"
touch "$root/run/firesteel/host-net"
mount --bind "$host_net" "$root/run/firesteel/host-net"
touch "$root/run/firesteel/box-net"
mount --bind /proc/self/ns/net "$root/run/firesteel/box-net"
hostname compute-1

cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old 2>/dev/null || true

cp -r --no-preserve=ownership /var/lib/firesteel/config/. /etc/
chmod 644 /etc/hosts /etc/resolv.conf
chown mysql /run/mysqld /etc/mysql/firesteel.sql
chmod 644 /etc/mysql/mariadb.conf.d/99-firesteel.cnf
chown -R rabbitmq /etc/rabbitmq
install -m 755 /var/lib/firesteel/box/ebtables-wrap /usr/local/sbin/ebtables-wrap
ln -sf /usr/local/sbin/ebtables-wrap /etc/alternatives/ebtables

sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
# A scan of all ports must not fill the table of connections, or nobody else gets through for two minutes.
syn_sent=/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_syn_sent
[ ! -e $syn_sent ] || echo 10 >$syn_sent
# Every guest's systemd takes some five of the 128 that a user of this kernel may have, root of all guests together; the
# 26th guest would not start. The limit is the whole machine's: it is only ever raised.
inotify=/proc/sys/fs/inotify/max_user_instances
[ "$(cat $inotify)" -ge 8192 ] || echo 8192 >$inotify
ip link set lo up
# A bridge without an address of its own takes the lowest of its ports: whenever a router came or went, the APIs were out of
# reach until everybody had asked for their address anew, up to a minute.
ip link add br-int0 address 02:00:00:00:40:01 type bridge
ip addr add 169.254.64.1/24 dev br-int0
ip link set br-int0 up
ip link add br-ext address 02:00:00:00:04:02 type bridge
ip addr add "$api" dev br-ext
ip link set br-ext up
ip route add default via "$gateway"

echo "$host_pid" >/var/lib/firesteel/box.pid.new
mv /var/lib/firesteel/box.pid.new /var/lib/firesteel/box.pid
exec /usr/bin/tini -g -s -- /usr/bin/python3 /var/lib/firesteel/box/supervisor.py
