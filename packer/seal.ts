import { sh } from '../operations/shell';
import { SWAP_FILE } from '../operations/swap';
import { ARTIFACT_DIR } from '../roles/role';

export interface SealOptions {
  /** What the server was called. */
  readonly hostname: string;
  /** JSON by which somebody on a node sees what was in the image. */
  readonly note: string;
}

/** What says on a node which image it comes from. */
export const NOTE_FILE = '/etc/firesteel/image.json';

/**
 * Takes off a machine all that makes it this one, so that what is left boots as a new one: keys, identity, what cloud-init
 * knows, logs, leases, caches. Then powers it off without another word from any service: what they write as they end would
 * be of this machine again. POSIX sh, run as root; the last that is ever run there.
 */
export function sealScript({ hostname, note }: SealOptions): string {
  return sh`
    set -eu
    umask 022
    export LC_ALL=C

    # Nobody is to write any more what is about to be removed. What follows is logged in memory alone.
    systemctl stop apt-daily.timer apt-daily-upgrade.timer man-db.timer fstrim.timer rsyslog.service syslog.socket 2>/dev/null || :
    systemctl stop unattended-upgrades.service cron.service systemd-random-seed.service 2>/dev/null || :
    mkdir -p /run/systemd/journald.conf.d
    printf '[Journal]\nStorage=volatile\n' >/run/systemd/journald.conf.d/firesteel.conf
    systemctl restart systemd-journald.service

    mkdir -p /etc/firesteel
    printf '%s\n' ${note} >${NOTE_FILE}
    chmod 0644 ${NOTE_FILE}

    # cloud-init begins anew; what the source image has for it of its own stays.
    if command -v cloud-init >/dev/null 2>&1; then cloud-init clean --logs; fi
    rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/lib/cloud/data /var/lib/cloud/sem
    rm -f /etc/network/interfaces.d/50-cloud-init /etc/network/interfaces.d/50-cloud-init.cfg /etc/netplan/50-cloud-init.yaml
    rm -f /etc/systemd/network/10-cloud-init-* /etc/NetworkManager/system-connections/cloud-init-* /etc/udev/rules.d/70-persistent-net.rules
    rm -f /etc/sysconfig/network-scripts/ifcfg-eth0.cloud-init

    # Who may log in, and how it is known.
    rm -f /etc/ssh/ssh_host_*
    rm -rf /root/.ssh
    getent passwd | while IFS=: read -r _ _ uid _ _ home _; do
      if [ "$uid" -ge 1000 ] && [ "$uid" -lt 60000 ] && [ -d "$home" ] && [ "$home" != / ]; then
        rm -rf -- "$home/.ssh" "$home/.cache"
        rm -f -- "$home"/.*_history "$home/.viminfo" "$home/.lesshst" "$home/.wget-hsts" "$home/.sudo_as_admin_successful"
      fi
    done
    rm -rf /root/.cache /root/.ansible
    rm -f /root/.*_history /root/.viminfo /root/.lesshst /root/.wget-hsts

    # Which machine it is. An empty file is filled at the next boot.
    : >/etc/machine-id
    if [ -f /var/lib/dbus/machine-id ] && [ ! -L /var/lib/dbus/machine-id ]; then rm -f /var/lib/dbus/machine-id; fi
    rm -f /var/lib/systemd/random-seed /var/lib/systemd/credential.secret /var/lib/urandom/random-seed
    printf 'localhost\n' >/etc/hostname
    sed -i ${`/${hostname}/d`} /etc/hosts
    if [ -f /etc/resolv.conf ] && [ ! -L /etc/resolv.conf ]; then : >/etc/resolv.conf; fi

    # Addresses that it had.
    pkill -KILL dhclient 2>/dev/null || :
    rm -f /var/lib/dhcp/*.leases /var/lib/dhclient/* /var/lib/dhcpcd/*.lease /var/lib/NetworkManager/*lease* /var/lib/NetworkManager/secret_key
    rm -f /var/lib/NetworkManager/timestamps /var/lib/NetworkManager/seen-bssids

    # What was fetched, and what was put there for the while.
    rm -rf ${ARTIFACT_DIR} /var/lib/firesteel/apt-updated
    if command -v apt-get >/dev/null 2>&1; then
      apt-get clean
      find /var/lib/apt/lists -mindepth 1 -delete
      rm -f /var/cache/apt/*.bin
    fi
    if command -v dnf >/dev/null 2>&1; then dnf -q clean all || :; fi
    swapoff -a 2>/dev/null || :
    rm -f -- ${SWAP_FILE}
    find /tmp /var/tmp -xdev -mindepth 1 -delete 2>/dev/null || :
    rm -rf /var/lib/systemd/timers /var/lib/systemd/coredump /var/crash /var/backups/*
    find /var/log -xdev -type f -delete
    find /var/log/journal -mindepth 1 -delete 2>/dev/null || :

    sync
    fstrim -a 2>/dev/null || :
    sync
    systemd-run --quiet --no-block sh -c 'sleep 1; exec systemctl poweroff --force'
  `.text;
}
