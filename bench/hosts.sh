#!/bin/bash
# hosts.sh up COUNT | down: light hosts to measure on. Each is a real Linux host but for its kernel: network, mount, PID, UTS
# and IPC namespaces of its own, a file system over a Debian that all share, an sshd with a host key of its own. About 2 MB
# each. Needs root and mmdebstrap. Prints the folder that holds `id` (root's key), `known_hosts` and `hosts` (addresses).
set -euo pipefail

cache=${FIRESTEEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/firesteel}/bench
state=/run/firesteel-bench
bridge=fsbench0

address() { echo "10.97.$((1 + $1 / 200)).$((10 + $1 % 200))"; }

# The Debian below all hosts, made once.
make_base() {
  [ ! -d "$cache/debian" ] || return 0
  mkdir -p "$cache"
  rm -rf "$cache/debian.unfinished"
  sources=(/etc/apt/sources.list.d/*.sources)
  [ -e "${sources[0]}" ] || sources=(/etc/apt/sources.list)
  nice mmdebstrap --quiet --mode=root --variant=minbase --include=openssh-server,python3-minimal,python3,sudo \
    --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$cache/debian.unfinished" "${sources[@]}" >&2
  sed -i 's/^root:[^:]*:/root:*:/' "$cache/debian.unfinished/etc/shadow"
  mv "$cache/debian.unfinished" "$cache/debian"
}

make_state() {
  mountpoint -q "$state" || { mkdir -p "$state" && mount -t tmpfs -o mode=0700 firesteel-bench "$state"; }
  [ -e "$state/id" ] || ssh-keygen -q -t ed25519 -N '' -C firesteel-bench -f "$state/id"
  cat >"$state/sshd_config" <<END
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_key
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PidFile none
PrintMotd no
MaxStartups 200
Subsystem sftp internal-sftp
END
  ip link show "$bridge" >/dev/null 2>&1 || {
    ip link add "$bridge" type bridge
    ip addr add 10.97.0.1/16 dev "$bridge"
    ip link set "$bridge" up
  }
}

make_host() {
  local number=$1 dir=$state/$1
  mkdir -p "$dir/upper/etc/ssh" "$dir/work" "$dir/root"
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/upper/etc/ssh/host_key"
  cp "$state/id.pub" "$dir/upper/etc/ssh/authorized_key"
  cp "$state/sshd_config" "$dir/upper/etc/ssh/sshd_config"
  ip netns add "fsbench-$number"
  ip link add "fsb$number" type veth peer name eth0 netns "fsbench-$number"
  ip link set "fsb$number" master "$bridge" up
  printf 'link set lo up\naddr add %s/16 dev eth0\nlink set eth0 up\n' "$(address "$number")" | ip -n "fsbench-$number" -b -
  setsid ip netns exec "fsbench-$number" unshare --mount --pid --uts --ipc --fork --kill-child sh -c "
    hostname bench-$number
    mount -t overlay -o lowerdir=$cache/debian,upperdir=$dir/upper,workdir=$dir/work overlay $dir/root
    cd $dir/root
    mount -t proc proc proc
    mount --rbind /dev dev
    mount -t tmpfs tmpfs run
    mkdir -m 755 run/sshd
    exec chroot . /usr/sbin/sshd -D -e" >/dev/null 2>"$dir/log" </dev/null &
  echo $! >"$dir/pid"
}

wait_for_host() {
  local tries
  for tries in $(seq 200); do
    if timeout 1 bash -c "exec 3<>/dev/tcp/$1/22 && head -c 4 <&3 | grep -q SSH" 2>/dev/null; then return; fi
    sleep 0.05
  done
  echo "$1 does not answer: $(tail -n 3 "$state"/*/log | tail -n 3)" >&2
  return 1
}

up() {
  make_base
  make_state
  for number in $(seq 0 $(($1 - 1))); do [ -d "$state/$number" ] || make_host "$number"; done
  : >"$state/hosts"
  : >"$state/known_hosts"
  for number in $(seq 0 $(($1 - 1))); do
    wait_for_host "$(address "$number")"
    address "$number" >>"$state/hosts"
    echo "$(address "$number") $(cut -d' ' -f1,2 "$state/$number/upper/etc/ssh/host_key.pub")" >>"$state/known_hosts"
  done
  echo "$state"
}

down() {
  for pid in "$state"/*/pid; do
    [ -e "$pid" ] || continue
    number=$(basename "$(dirname "$pid")")
    kill -9 "$(cat "$pid")" 2>/dev/null || :
    ip netns del "fsbench-$number" 2>/dev/null || :
    ip link del "fsb$number" 2>/dev/null || :
  done
  ip link del "$bridge" 2>/dev/null || :
  for _ in $(seq 50); do
    mountpoint -q "$state" || break
    umount "$state" 2>/dev/null || sleep 0.1
  done
  rmdir "$state" 2>/dev/null || :
}

case ${1:-} in
  up) up "${2:?how many?}" ;;
  down) down ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 64 ;;
esac
