#!/bin/bash
# The second compute node: mounts, network, host name and processes of its own inside the sandbox, so that its end is the
# end of its servers, too. Its services enter by the namespaces of this process, which then only waits.
set -euo pipefail
state=/var/lib/firesteel/node-2
mkdir -p "$state/instances" "$state/libvirt"
hostname compute-2

for side in int ext; do
  bridge=br-$side
  [ "$side" = int ] && bridge=br-int0
  nsenter --net=/run/firesteel/box-net sh -euc "
    ip link del node2-$side 2>/dev/null || true
    ip link add node2-$side type veth peer name ${side}0 netns 1
    ip link set node2-$side master $bridge up"
done

# /sys shows the network namespace it was mounted in: mount it anew, with the same cgroups
mkdir -p /mnt/cgroup
mount --rbind /sys/fs/cgroup /mnt/cgroup
mount -t sysfs sysfs /sys
mount --rbind /mnt/cgroup /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/libvirt /run/lock/nova /run/lock/neutron /run/netns
mount --bind "$state/instances" /var/lib/nova/instances
mount --make-shared /var/lib/nova/instances # see init.sh
mount --bind "$state/libvirt" /var/lib/libvirt

sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
ip link set lo up
ip addr add 169.254.64.2/24 dev int0
ip link set int0 up
ip route add default via 169.254.64.1
ip link add br-ext type bridge
ip link set br-ext up
ip link set ext0 master br-ext up
touch /run/ready
exec tini -s -- sleep infinity
