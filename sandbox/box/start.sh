#!/bin/bash
# On the host: starts the sandbox's init in cgroups and namespaces of its own.
# start.sh ID STATE ROOTFS HOST_NET API_CIDR GATEWAY
set -euo pipefail
id=$1
shift

# A cgroup (v1) of its own below every hierarchy's root, and a cgroup namespace that ends there: guests of two sandboxes
# can't meet, and there is one place to account for and to clean up.
while read -r _ folder type _; do
  [ "$type" = cgroup ] || continue
  group=$folder/firesteel-$id
  mkdir -p "$group"
  if [ -e "$group/cpuset.cpus" ]; then
    cat "$folder/cpuset.cpus" >"$group/cpuset.cpus"
    cat "$folder/cpuset.mems" >"$group/cpuset.mems"
    echo 1 >"$group/cgroup.clone_children"
  fi
  # It is a whole cloud: beside a machine's other sessions it must not count as one of them.
  [ ! -e "$group/cpu.shares" ] || echo 4096 >"$group/cpu.shares"
  [ ! -e "$group/memory.use_hierarchy" ] || echo 1 >"$group/memory.use_hierarchy" 2>/dev/null || true
  echo $$ >"$group/cgroup.procs"
done </proc/self/mounts

exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  unshare --cgroup --mount --net --pid --uts --ipc --fork --propagation private \
  /bin/bash "$(dirname "$0")/init.sh" "$@"
