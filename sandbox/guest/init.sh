#!/bin/sh
# /sbin/init of a guest. libvirt's LXC driver gives a guest neither a cgroup namespace nor a cgroup of its own under
# name=systemd: the systemd of every guest would work in the slices of the host, memory limits would not hold. So PID 1
# moves into a cgroup of its own in every hierarchy, enters a cgroup namespace, and only then becomes systemd, in hybrid
# mode: it needs cgroup2 to track processes, or a service whose main process was killed stays "deactivating".

own_cgroup() {
  name=$1 folder=/sys/fs/cgroup/$1 key=$1
  [ "$name" = systemd ] && key=name=systemd
  current=$(awk -F: -v k="$key" '{n = split($2, a, ","); for (i = 1; i <= n; i++) if (a[i] == k) {print $3; exit}}' /proc/1/cgroup)
  [ "$current" = / ] || return 0
  mkdir -p "$folder/machine/guest-$id" 2>/dev/null || return 0
  if [ "$name" = cpuset ]; then
    for group in "$folder/machine" "$folder/machine/guest-$id"; do
      cat "$folder/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$folder/cpuset.mems" >"$group/cpuset.mems"
    done
  fi
  echo 1 >"$folder/machine/guest-$id/cgroup.procs" 2>/dev/null || true
}

if [ "$$" = 1 ] && [ "${container:-}" = lxc-libvirt ] && [ -z "${FIRESTEEL_OWN_CGROUP:-}" ]; then
  export FIRESTEEL_OWN_CGROUP=1
  id=${LIBVIRT_LXC_UUID:-${container_uuid:-guest}}
  for folder in /sys/fs/cgroup/*; do
    name=${folder##*/}
    [ -e "$folder/cgroup.procs" ] && [ "$name" != unified ] && own_cgroup "$name"
  done
  if mount -t cgroup2 none /mnt 2>/dev/null; then
    mkdir -p "/mnt/machine/guest-$id" && echo 1 >"/mnt/machine/guest-$id/cgroup.procs"
    umount /mnt
  fi
  umount -R /sys/fs/cgroup 2>/dev/null || umount -l /sys/fs/cgroup
  umount /proc/meminfo 2>/dev/null # libvirt's FUSE file can't seek: free, ps and top fail on it
  exec /usr/bin/unshare --cgroup -- /lib/systemd/systemd systemd.unified_cgroup_hierarchy=0 "$@"
fi
exec /lib/systemd/systemd "$@"
