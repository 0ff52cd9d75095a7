import { assignmentsIn } from './_assignments';
import { fstabEntry } from './_fstab';
import { absolutePath } from './_path';
import type { Change, Operation } from './operation';
import { lines, type Shell, sh } from './shell';

export interface VolumeOptions {
  /** Cinder's id; the guest sees its first 20 characters as the disk's serial number. */
  readonly id: string;
  /** Absolute path of the directory that shows its content. */
  readonly mount: string;
  /** What a blank volume is formatted with. @default 'ext4' */
  readonly filesystem?: 'ext4' | 'xfs';
  /** How long to wait for the disk to appear. @default 60 */
  readonly withinSeconds?: number;
}

export interface VolumeFact {
  /** What is on it: a file system's type, another signature's (`LVM2_member`, `gpt`, …), or empty where it is blank. */
  readonly holds?: string;
  /** A run that formatted it was cut off before all was copied onto it. */
  readonly unfinished?: boolean;
  readonly uuid?: string;
  /** It is what is mounted there now. */
  readonly mounted: boolean;
  /** /etc/fstab mounts it there at boot. */
  readonly atBoot: boolean;
  /** What the disk has beyond its file system, since the volume grew. */
  readonly spareMiB?: number;
}

/** Clouds let volumes grow by whole GiB; a file system may leave a little of any disk unused. */
const LEAST_SPARE_MIB = 64;

/**
 * A volume of the cloud, formatted if it is blank and only then, mounted now and at boot by its UUID. What the directory
 * held before goes along onto a new file system, with owners and modes; where the volume grew, so does its file system.
 * @throws {Error} for an id or a path that fstab cannot carry, or a volume that holds something else; nothing is ever formatted over
 */
export function volume(options: VolumeOptions): Operation<VolumeFact> {
  const { id, filesystem = 'ext4', withinSeconds = 60 } = options;
  const mount = absolutePath(options.mount);
  if (!/^[\w./@:+-]+$/.test(mount))
    throw new Error(`${mount} cannot be a mount point: use letters, digits and ./@:+-_`);
  if (!/^[A-Za-z0-9-]{8,}$/.test(id)) throw new Error(`not the id of a volume: ${JSON.stringify(id)}`);
  const find = findScript(id.slice(0, 20));
  return {
    kind: 'volume',
    name: mount,
    fact: { script: factScript(find, mount), parse: parseVolume, bare: { mounted: false, atBoot: false } },
    changes(fact) {
      const wait = waitScript(find, id, withinSeconds);
      const { spareMiB = 0 } = fact;
      const grow = spareMiB < LEAST_SPARE_MIB ? [] : [growChange(wait, mount, filesystem, id, spareMiB)];
      if (fact.mounted && fact.atBoot) return grow;
      refuseForeign(id, fact, filesystem);
      const format = fact.holds === filesystem && !fact.unfinished ? [] : [formatChange(wait, mount, filesystem, id)];
      return [...format, mountChange(wait, mount, filesystem, id), ...grow];
    },
  };
}

function refuseForeign(id: string, { holds }: VolumeFact, filesystem: string): void {
  if (holds === undefined || holds === '' || holds === filesystem) return;
  throw new Error(
    `volume ${id} holds ${holds}, not ${filesystem}; it is never formatted over: ` +
      `say filesystem: ${holds} if that is what you mean, or empty it yourself with wipefs`,
  );
}

/** Its serial number is in the names that udev gives: virtio-…, scsi-0QEMU_QEMU_HARDDISK_…, and so on. */
function findScript(serial: string): Shell {
  return sh`
    find_volume() {
      for link in /dev/disk/by-id/*${serial}*; do
        case $link in *-part[0-9]*) continue ;; esac
        if [ -b "$link" ]; then readlink -f -- "$link"; return; fi
      done
    }
  `;
}

function factScript(find: Shell, mount: string): string {
  return lines(
    find,
    sh`
      device=$(find_volume)
      if [ -n "$device" ]; then
        uuid=$(blkid -p -s UUID -o value -- "$device" || :)
        printf 'holds=%s\n' "$(blkid -p -s TYPE -o value -- "$device" || :)$(blkid -p -s PTTYPE -o value -- "$device" || :)"
        printf 'uuid=%s\n' "$uuid"
        if [ "$(blkid -p -s LABEL -o value -- "$device" || :)" = ${UNFINISHED} ]; then echo unfinished=yes; fi
        if [ "$(findmnt -n -o SOURCE --mountpoint ${mount} || :)" = "$device" ]; then echo mounted=yes; fi
        if [ "$(findmnt -n --fstab -o SOURCE --target ${mount} || :)" = "UUID=\${uuid:-none}" ]; then echo atBoot=yes; fi
        case $(blkid -p -s TYPE -o value -- "$device" || :) in
          ext4) geometry=$(LC_ALL=C dumpe2fs -h "$device" 2>/dev/null | sed -n 's/^Block \(count\|size\): *//p') ;;
          xfs) geometry=$(xfs_info "$device" 2>/dev/null | sed -n 's/^data .*bsize=\([0-9]*\) *blocks=\([0-9]*\),.*/\1 \2/p') ;;
          *) geometry= ;;
        esac
        if [ -n "$geometry" ]; then
          set -- $geometry
          printf 'spare=%s\n' $((($(blockdev --getsize64 "$device") - $1 * $2) / 1048576))
        fi
      fi
    `,
  ).text;
}

function parseVolume(stdout: string): VolumeFact {
  const known = assignmentsIn(stdout);
  return {
    ...(known.holds === undefined ? {} : { holds: known.holds }),
    ...(known.uuid ? { uuid: known.uuid } : {}),
    ...(known.unfinished === 'yes' ? { unfinished: true } : {}),
    ...(Number(known.spare ?? 0) > 0 ? { spareMiB: Number(known.spare) } : {}),
    mounted: known.mounted === 'yes',
    atBoot: known.atBoot === 'yes',
  };
}

function waitScript(find: Shell, id: string, withinSeconds: number): Shell {
  return lines(
    find,
    sh`
      left=${withinSeconds}
      until device=$(find_volume) && [ -n "$device" ]; do
        left=$((left - 1))
        if [ "$left" -lt 0 ]; then
          echo ${`volume ${id} is not attached to this machine, or the guest does not show its serial number`} >&2
          exit 69
        fi
        sleep 1
      done
    `,
  );
}

/** Label of a file system of ours that does not hold yet what the directory held; xfs takes 12 characters. */
const UNFINISHED = 'firesteelwip';

/** Asks the disk again right before it formats: the fact may be from before it was attached. */
function formatChange(wait: Shell, mount: string, filesystem: string, id: string): Change {
  const force = filesystem === 'ext4' ? ['-q', '-F'] : ['-q', '-f'];
  const finish = filesystem === 'ext4' ? sh`e2label "$device" ''` : sh`xfs_admin -L -- "$device" >&2`;
  const script = lines(
    wait,
    sh`
      found=$(blkid -p -s TYPE -o value -- "$device" || :)$(blkid -p -s PTTYPE -o value -- "$device" || :)
      if [ "$(blkid -p -s LABEL -o value -- "$device" || :)" = ${UNFINISHED} ]; then found=; fi
      if [ "$found" != ${filesystem} ]; then
        if [ -n "$found" ]; then echo ${`volume ${id} holds`} "$found" ${'and is never formatted over'} >&2; exit 73; fi
        ${`mkfs.${filesystem}`} ${force} -L ${UNFINISHED} "$device" >&2
        mkdir -p -- ${mount}
        ( work=$(mktemp -d)
        trap 'umount -- "$work" 2>/dev/null || :; rmdir -- "$work"' EXIT
        trap 'exit 143' HUP INT TERM
        mount -- "$device" "$work"
        cp -a -- ${`${mount}/.`} "$work/" )
        ${finish}
      fi
    `,
  );
  return { description: `format volume ${id} with ${filesystem} if it is blank`, script: script.text };
}

/**
 * `nofail`: a volume that is gone must not keep a machine from booting. For the same word `mount /data` would say nothing
 * when it finds no disk, so the disk itself is named here.
 */
function mountChange(wait: Shell, mount: string, filesystem: string, id: string): Change {
  const entry = sh`printf 'UUID=%s %s %s defaults,nofail,x-systemd.device-timeout=30s 0 2\n' "$uuid" ${mount} ${filesystem}`;
  const script = lines(
    wait,
    sh`
      uuid=$(blkid -p -s UUID -o value -- "$device")
      mkdir -p -- ${mount}
    `,
    fstabEntry('where', mount, entry),
    sh`if [ "$(findmnt -n -o SOURCE --mountpoint ${mount} || :)" != "$device" ]; then mount -t ${filesystem} -- "$device" ${mount}; fi`,
  );
  return { description: `mount volume ${id} at ${mount}`, script: script.text };
}

/** Both do it while the file system is in use. */
function growChange(wait: Shell, mount: string, filesystem: string, id: string, spareMiB: number): Change {
  const grow = filesystem === 'ext4' ? sh`resize2fs "$device" >&2` : sh`xfs_growfs -d ${mount} >&2`;
  const description = `grow the file system of volume ${id} by ${spareMiB} MiB`;
  return { description, script: lines(wait, grow).text };
}
