import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { swap, volume } from '../../operations';
import { apply, expectConverges } from './_apply';
import { describeOnMachine, ScratchMachine } from './_scratch-machine';

/**
 * Disks as nodes have them, from the blank disk to the one that grew: mkfs, mount, fstab, resize2fs, xfs_growfs, mkswap and
 * swapon are the real ones, on this machine's kernel. What stands in: a loop device for the volume that Nova attaches (the
 * link in /dev/disk/by-id that udev would make is made by hand), a copy of this machine for the node, and a program that
 * says it is no container, whatever this machine is. Where this machine may not resize ext4 in use (a container without
 * CAP_SYS_RESOURCE), a program does it beside, with the same resize2fs.
 */
const ID = '0b1f5c9e-6b1d-4c8e-9f57-1234567890ab';
const MIB = 1024 * 1024;

const RESIZE2FS = `#!/bin/sh
/sbin/resize2fs "$1" 2>/tmp/said && exit
grep -q 'Permission denied to resize' /tmp/said || { cat /tmp/said >&2; exit 1; }
where=$(findmnt -n -o TARGET "$1"); umount "$where"
e2fsck -fp "$1" >/dev/null; /sbin/resize2fs "$1"; mount "$1" "$where"
`;

let machine: ScratchMachine;
let folder: string;
let device: string;

function growDisk(): void {
  truncateSync(join(folder, 'disk'), 1024 * MIB);
  execFileSync('losetup', ['--set-capacity', device]);
}

const mountedMiB = () => Number(machine.shell("df -P -m /data | awk 'NR == 2 { print $2 }'"));

describeOnMachine('disks', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-disk-'));
    closeSync(openSync(join(folder, 'disk'), 'w'));
    truncateSync(join(folder, 'disk'), 512 * MIB);
    device = execFileSync('losetup', ['--find', '--show', join(folder, 'disk')], { encoding: 'utf8' }).trim();
    machine = new ScratchMachine();
    machine.put('/etc/scratch-disk', `${device.replace('/dev/loop', '')} ${ID.slice(0, 20)}\n`);
    machine.put('/etc/fstab', '# by the image\nUUID=root / ext4 defaults 0 1\n');
    machine.put('/usr/local/sbin/systemd-detect-virt', '#!/bin/sh\necho none; exit 1\n', 0o755);
    machine.put('/usr/local/sbin/resize2fs', RESIZE2FS, 0o755);
    machine.stayUp();
  });

  afterEach(() => {
    machine.remove();
    execFileSync('losetup', ['--detach', device]);
    rmSync(folder, { recursive: true });
  });

  describe('a volume in use', () => {
    test.each(['ext4', 'xfs'] as const)(
      'has %s, keeps what the directory held, and grows',
      (filesystem) => {
        const operation = volume({ id: ID, mount: '/data', filesystem });
        machine.shell('install -d -m 0750 -o nobody /data; echo before >/data/kept');
        expectConverges(machine.shell, operation);
        expect(machine.shell('findmnt -n -o FSTYPE --mountpoint /data')).toBe(`${filesystem}\n`);
        expect(machine.shell('stat -c "%a %U" /data; cat /data/kept')).toBe('750 nobody\nbefore\n');
        expect(machine.shell('cat /etc/fstab')).toMatch(
          new RegExp(`^# by the image\nUUID=root / .*\nUUID=[0-9a-f-]{36} /data ${filesystem} defaults,nofail,.*\n$`),
        );
        expect(mountedMiB()).toBeLessThan(512);

        growDisk();
        const grown = expectConverges(machine.shell, operation);
        expect(grown.map(({ description }) => description)).toEqual([
          expect.stringMatching(`^grow the file system of volume ${ID} by 5\\d\\d MiB$`),
        ]);
        expect(mountedMiB()).toBeGreaterThan(850);
        expect(machine.shell('cat /data/kept')).toBe('before\n');
      },
      90_000,
    );

    test('that grew while it was away is mounted and grows', () => {
      const operation = volume({ id: ID, mount: '/data' });
      apply(machine.shell, operation);
      machine.shell('umount /data');
      growDisk();
      expect(expectConverges(machine.shell, operation)).toHaveLength(2);
      expect(mountedMiB()).toBeGreaterThan(850);
    }, 90_000);
  });

  describe('a swap file', () => {
    const PATH = '/data/swapfile';
    const of = (size?: Parameters<typeof swap>[0]['size']) => swap({ path: PATH, ...(size && { size }) });
    const inUse = () => machine.shell('swapon --show=NAME --noheadings --raw').split('\n').includes(PATH);
    const mibs = () => Number(machine.shell(`stat -c %s ${PATH}`)) / MIB;
    const fstab = () => machine.shell('cat /etc/fstab');

    beforeEach(() => {
      // A root of its own: what this machine's lies in may take no swap file, and its size is nobody's to say.
      growDisk();
      apply(machine.shell, volume({ id: ID, mount: '/data' }));
    });

    afterEach(() => machine.shell(`swapoff ${PATH} 2>/dev/null || :`));

    test('is made, used now and at boot, made anew for another size, and removed', () => {
      expectConverges(machine.shell, of({ sizeMiB: 16 }));
      expect([inUse(), mibs(), machine.shell(`stat -c "%a %U" ${PATH}`)]).toEqual([true, 16, '600 root\n']);
      expect(fstab()).toContain(`\n${PATH} none swap sw,nofail 0 0\n`);

      const total = Number(machine.shell(`df -P -k /data | awk 'NR == 2 { print $2 }'`));
      expectConverges(machine.shell, of({ percent: 20 }));
      expect([inUse(), mibs()]).toEqual([true, Math.floor(total / 5 / 1024)]);
      expect(fstab().match(/swapfile/g)).toHaveLength(1);

      expectConverges(machine.shell, of());
      expect(inUse()).toBe(false);
      expect(fstab()).not.toContain('swap');
      expect(machine.shell('ls -A /data')).toBe('lost+found\n');
    }, 90_000);

    test('is used again where somebody took it out of use', () => {
      const operation = of({ sizeMiB: 16 });
      apply(machine.shell, operation);
      machine.shell(`swapoff ${PATH}`);
      expect(expectConverges(machine.shell, operation)).toHaveLength(1);
      expect(inUse()).toBe(true);
    }, 90_000);

    test('of somebody else is left alone, and refused where one is wanted', () => {
      machine.shell(`fallocate -l 16MiB ${PATH}; chmod 600 ${PATH}; mkswap -q ${PATH} 2>/dev/null || mkswap ${PATH}`);
      expect(apply(machine.shell, of())).toEqual([]);
      expect(() => apply(machine.shell, of({ sizeMiB: 16 }))).toThrow('Firesteel did not make it');
      expect(mibs()).toBe(16);
    }, 90_000);

    test('refuses a size that there is no room for', () => {
      expect(() => apply(machine.shell, of({ sizeMiB: 900 }))).toThrow(
        /^no room for 900 MiB of swap: \/data has room for/,
      );
      expect(() => apply(machine.shell, of({ percent: 80 }))).toThrow('no room for');
    }, 90_000);

    test('fails where the kernel does not take it', () => {
      const [make, use] = of({ sizeMiB: 16 }).changes({ ours: false, active: false, atBoot: false });
      machine.shell(`set -eu\n${make!.script}`);
      machine.shell(`chmod 644 ${PATH}; printf x | dd of=${PATH} bs=1 seek=4086 conv=notrunc 2>/dev/null`);
      expect(() => machine.shell(`set -eu\n${use!.script}`)).toThrow(`the kernel does not take ${PATH} as swap`);
      expect(fstab()).not.toContain('swapfile');
    }, 90_000);
  });
});

test('a container is refused swap before anything is written', () => {
  const fact = { ours: false, active: false, atBoot: false, totalKiB: 1e7, freeKiB: 9e6, container: 'lxc-libvirt' };
  expect(() => swap({ size: { sizeMiB: 16 } }).changes(fact)).toThrow(
    'a container (lxc-libvirt) has no swap of its own',
  );
  expect(swap({}).changes(fact)).toEqual([]);
});

test.each([{ percent: 0 }, { percent: 95 }, { percent: 12.5 }, { sizeMiB: 0 }, { sizeMiB: 0.5 }])(
  'refuses %j as a size',
  (size) => {
    expect(() => swap({ size })).toThrow('not the size of a swap file');
  },
);
