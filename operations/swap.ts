import { assignmentsIn } from './_assignments';
import { fstabEntry } from './_fstab';
import { absolutePath, parentOf } from './_path';
import { beside, makeTemporary } from './_temporary';
import type { Change, Operation } from './operation';
import { lines, type Shell, sh } from './shell';

/** How large: so many MiB, or a part of the file system that the swap file lies in. */
export type SwapSize = { readonly sizeMiB: number } | { readonly percent: number };

/** Where it lies unless it is said otherwise. */
export const SWAP_FILE = '/swapfile';

export interface SwapOptions {
  /** @default - no swap file; one that was made by this operation goes */
  readonly size?: SwapSize;
  /** @default '/swapfile' */
  readonly path?: string;
}

export interface SwapFact {
  /** Size of the file; absent where there is none. */
  readonly fileMiB?: number;
  /** The file was made by this operation. */
  readonly ours: boolean;
  /** The kernel uses it. */
  readonly active: boolean;
  /** /etc/fstab lets the kernel use it at boot. */
  readonly atBoot: boolean;
  /** Of the file system that it lies in. */
  readonly totalKiB?: number;
  readonly freeKiB?: number;
  /** The kind of container that the machine is, by systemd's name for it; absent where it is none. */
  readonly container?: string;
}

/** By this label of the swap space it is known who made the file. */
const LABEL = 'firesteel';
/** A machine whose root is full fails in odd ways: so much is left beside the swap file. */
const RESERVE_KIB = 256 * 1024;

/**
 * A swap file of a size, used now and at boot. Another size makes another file; a file of somebody else's is never touched.
 * @throws {Error} for a size that none can have; where there is no room; where another file has the name; and for a
 * container, whose kernel, and with it all swap, is its host's
 */
export function swap({ size, path = SWAP_FILE }: SwapOptions): Operation<SwapFact> {
  absolutePath(path);
  if (!/^[\w./@:+-]+$/.test(path)) throw new Error(`${path} cannot be a swap file: use letters, digits and ./@:+-_`);
  if (size) checkSize(size);
  return {
    kind: 'swap',
    name: path,
    fact: {
      script: factScript(path, size !== undefined),
      parse: parseSwap,
      bare: { ours: false, active: false, atBoot: false },
    },
    changes(fact) {
      if (!size) return fact.ours ? [removeChange(path)] : [];
      refuseContainer(fact);
      if (isWanted(fact, size)) return fact.active && fact.atBoot ? [] : [useChange(path)];
      refuseForeign(path, fact);
      refuseNarrow(path, fact, size);
      return [makeChange(path, size), useChange(path)];
    },
  };
}

function checkSize(size: SwapSize): void {
  const [value, least, most] = 'percent' in size ? [size.percent, 1, 90] : [size.sizeMiB, 1, Number.MAX_SAFE_INTEGER];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new Error(`not the size of a swap file: ${JSON.stringify(size)}; write { sizeMiB: 2048 } or { percent: 20 }`);
}

function isWanted({ ours, fileMiB, totalKiB }: SwapFact, size: SwapSize): boolean {
  return ours && totalKiB !== undefined && fileMiB === wantedMiB(size, totalKiB);
}

/** As `sizeScript` works it out on the machine. */
function wantedMiB(size: SwapSize, totalKiB: number): number {
  return 'percent' in size ? Math.floor((totalKiB * size.percent) / 100 / 1024) : size.sizeMiB;
}

function refuseContainer({ container }: SwapFact): void {
  if (container === undefined) return;
  throw new Error(
    `a container (${container}) has no swap of its own, its kernel is the host's: take swap out of the plan of this node, or make it a virtual machine`,
  );
}

function refuseForeign(path: string, { ours, fileMiB }: SwapFact): void {
  if (ours || fileMiB === undefined) return;
  throw new Error(
    `${path} is there, and Firesteel did not make it: take swap out of the plan, or remove it yourself ` +
      `(swapoff ${path}, its line in /etc/fstab, and then the file)`,
  );
}

function refuseNarrow(path: string, { fileMiB = 0, totalKiB, freeKiB }: SwapFact, size: SwapSize): void {
  if (totalKiB === undefined || freeKiB === undefined) return;
  const wanted = wantedMiB(size, totalKiB);
  const roomMiB = Math.floor((freeKiB - RESERVE_KIB) / 1024) + fileMiB;
  if (wanted <= roomMiB) return;
  throw new Error(
    `no room for ${wanted} MiB of swap: ${parentOf(path)} has room for ${Math.max(0, roomMiB)} MiB and the ` +
      `${RESERVE_KIB / 1024} MiB that stay free; ask for less, or for a larger root disk`,
  );
}

/** Where none is wanted and none is there, hardly anything is asked. */
function factScript(path: string, wanted: boolean): string {
  const file = sh`
    if [ -e ${path} ]; then
      printf 'bytes=%s\n' "$(stat -c %s -- ${path})"
      if [ "$(blkid -p -s LABEL -o value -- ${path} || :)" = ${LABEL} ]; then echo ours=yes; fi
    fi
  `;
  const use = sh`
    if swapon --show=NAME --noheadings --raw | grep -qFx -- ${path}; then echo active=yes; fi
    if [ -e /etc/fstab ] && awk -v path=${path} '$1 == path && $3 == "swap" { found = 1 } END { exit !found }' /etc/fstab; then
      echo atBoot=yes
    fi
    df -P -k -- ${parentOf(path)} | awk 'NR == 2 { print "total=" $2; print "free=" $4 }'
    container=$(systemd-detect-virt --container 2>/dev/null || :)
    if [ -n "$container" ] && [ "$container" != none ]; then printf 'container=%s\n' "$container"; fi
  `;
  return wanted ? lines(file, use).text : file.text;
}

function parseSwap(stdout: string): SwapFact {
  const known = assignmentsIn(stdout);
  return {
    ...(known.bytes !== undefined && { fileMiB: Number(known.bytes) / 1024 / 1024 }),
    ours: known.ours === 'yes',
    active: known.active === 'yes',
    atBoot: known.atBoot === 'yes',
    ...(known.total !== undefined && { totalKiB: Number(known.total) }),
    ...(known.free !== undefined && { freeKiB: Number(known.free) }),
    ...(known.container !== undefined && { container: known.container }),
  };
}

function offScript(path: string): Shell {
  return sh`if swapon --show=NAME --noheadings --raw | grep -qFx -- ${path}; then swapoff -- ${path}; fi`;
}

function sizeScript(path: string, size: SwapSize): Shell {
  if ('sizeMiB' in size) return sh`mib=${size.sizeMiB}`;
  const part = `NR == 2 { printf "%d", $2 * ${size.percent} / 100 / 1024 }`;
  return sh`mib=$(df -P -k -- ${parentOf(path)} | awk ${part})`;
}

/** It has its name only when it is whole. Btrfs takes no swap file that it copies on write. */
function makeChange(path: string, size: SwapSize): Change {
  const script = lines(
    offScript(path),
    sh`
      rm -f -- ${path}
      ( ${makeTemporary(beside(path))}
      umask 077
      : >"$temporary"
      if [ "$(stat -f -c %T -- "$temporary")" = btrfs ]; then chattr +C -- "$temporary"; fi
      ${sizeScript(path, size)}
      fallocate -l "$mib"MiB -- "$temporary" 2>/dev/null || dd if=/dev/zero of="$temporary" bs=1M count="$mib" status=none
      mkswap -L ${LABEL} -- "$temporary" >&2
      mv -fT -- "$temporary" ${path} )
    `,
  );
  const large = 'percent' in size ? `${size.percent} % of the root file system` : `${size.sizeMiB} MiB`;
  return { description: `make the swap file ${path} of ${large}`, script: script.text };
}

function useChange(path: string): Change {
  const script = lines(
    sh`
      if ! swapon --show=NAME --noheadings --raw | grep -qFx -- ${path}; then
        swapon -- ${path} || { echo ${`the kernel does not take ${path} as swap`} >&2; exit 69; }
      fi
    `,
    fstabEntry('what', path, sh`printf '%s none swap sw,nofail 0 0\n' ${path}`),
  );
  return { description: `use ${path} as swap, now and at boot`, script: script.text };
}

/** The file goes last: by its label an interrupted run is gone on with. */
function removeChange(path: string): Change {
  const script = lines(fstabEntry('what', path), offScript(path), sh`rm -f -- ${path}`);
  return { description: `remove the swap file ${path}`, script: script.text };
}
