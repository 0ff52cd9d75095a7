import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  aptPackages,
  dnfPackages,
  hostname,
  type Operation,
  pythonPackages,
  resolvers,
  unit,
  unitReload,
  user,
  volume,
} from '../../operations';
import { apply, expectConverges } from './_apply';
import { describeOnMachine, ScratchMachine } from './_scratch-machine';

/** Operations on the system's own files, really run in a copy of this machine. */
let machine: ScratchMachine;
beforeEach(() => {
  machine = new ScratchMachine();
});
afterEach(() => machine.remove());

const converge = <F>(operation: Parameters<typeof expectConverges<F>>[1]) => expectConverges(machine.shell, operation);

describeOnMachine('user', () => {
  test('is added without a password, and corrected', () => {
    converge(user({ name: 'fs-app', home: '/srv/app', shell: '/bin/bash' }));
    converge(user({ name: 'fs-app', home: '/srv/other' }));
    expect(machine.shell('getent shadow fs-app')).toMatch(/^fs-app:!/);
    expect(machine.shell('id -gn fs-app; getent passwd fs-app')).toMatch(
      /^fs-app\n.*:\/srv\/other:\/usr\/sbin\/nologin\n$/,
    );
  });
});

describeOnMachine('resolvers', () => {
  const RESOLV_CONF = '/etc/resolv.conf';
  const HOOK = '/etc/dhcp/dhclient-exit-hooks.d/firesteel-resolvers';
  const ours = (servers: string[]) => resolvers({ servers });
  const text = () => machine.shell(`cat ${RESOLV_CONF}`);
  const nameservers = () => text().match(/(?<=^nameserver ).*/gm);

  test("are put before the cloud's, at once and whenever DHCP has written the file anew", () => {
    machine.put(RESOLV_CONF, 'search cloud.example\nnameserver 192.0.2.53\n');
    converge(ours(['10.0.0.5', '10.0.0.6', '10.0.0.7']));
    expect(nameservers()).toEqual(['10.0.0.5', '10.0.0.6', '192.0.2.53']);
    machine.put(RESOLV_CONF, 'nameserver 192.0.2.54\n');
    machine.shell(`set -eu; reason=RENEW; . ${HOOK}; . ${HOOK}; [ "$reason" = RENEW ]`);
    expect(nameservers()).toEqual(['10.0.0.5', '10.0.0.6', '192.0.2.54']);
    machine.shell(`reason=EXPIRE; . ${HOOK}`);
    expect(ours(['10.0.0.5', '10.0.0.6', '10.0.0.7']).changes(factOf(ours([])))).toEqual([]);
  });

  test('are others when others are asked for, and gone when none are', () => {
    machine.put(RESOLV_CONF, 'nameserver 192.0.2.53\n');
    converge(ours(['10.0.0.5']));
    converge(ours(['10.0.0.9']));
    expect(nameservers()).toEqual(['10.0.0.9', '192.0.2.53']);
    apply(machine.shell, ours([]));
    expect(text()).toBe('nameserver 192.0.2.53\n');
    expect(machine.shell(`ls /etc/dhcp/dhclient-exit-hooks.d /etc/systemd/resolved.conf.d`)).not.toContain('firesteel');
  });

  test('leave a file alone that systemd-resolved keeps, and are its own in a drop-in', () => {
    machine.shell(`rm -f ${RESOLV_CONF}; ln -s ../run/systemd/resolve/stub-resolv.conf ${RESOLV_CONF}`);
    converge(ours(['10.0.0.5']));
    expect(machine.shell(`readlink ${RESOLV_CONF}; grep ^DNS /etc/systemd/resolved.conf.d/10-firesteel.conf`)).toBe(
      '../run/systemd/resolve/stub-resolv.conf\nDNS=10.0.0.5\n',
    );
  });

  function factOf<F>({ fact }: Operation<F>): F {
    return fact.parse(machine.shell(fact.script));
  }
});

describeOnMachine('hostname', () => {
  test('is set for the next boot', () => {
    apply(machine.shell, hostname('dev-worker-0'));
    expect(machine.shell('cat /etc/hostname')).toBe('dev-worker-0\n');
  });
});

/** systemd as far as a unit asks for it: a file each for what is active and enabled, and a list of what was said to it. */
const SYSTEMCTL = `#!/bin/sh
state=/var/lib/fake; mkdir -p $state
for name; do :; done
echo "$*" >>$state/said
case $1 in
  show)
    echo "ActiveState=$(cat $state/$name.active 2>/dev/null || echo inactive)"
    echo "UnitFileState=$(cat $state/$name.enabled 2>/dev/null)"
    echo "NeedDaemonReload=no" ;;
  restart|reload) [ ! -e $state/broken ] || exit 1; echo active >$state/$name.active ;;
  stop) echo inactive >$state/$name.active ;;
  enable) echo enabled >$state/$name.enabled ;;
esac
`;

describeOnMachine('unit', () => {
  const app = (conf: string) =>
    unit({ name: 'app.service', content: '[Service]\nExecStart=/bin/true\n', restartOn: [conf] });
  const said = () =>
    machine
      .shell('cat /var/lib/fake/said; rm /var/lib/fake/said')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('show'));

  beforeEach(() => machine.put('/usr/local/sbin/systemctl', SYSTEMCTL, 0o755));

  test('is written, enabled and started; restarted for another configuration', () => {
    converge(app('one'));
    expect(said()).toEqual([
      'daemon-reload',
      'enable --quiet -- app.service',
      'reset-failed -- app.service',
      'restart -- app.service',
    ]);
    converge(app('two'));
    expect(said()).toEqual(['reset-failed -- app.service', 'restart -- app.service']);
  });

  test('that does not start is started again by the next run', () => {
    machine.put('/usr/local/sbin/journalctl', '#!/bin/sh\necho why it failed\n', 0o755);
    machine.shell('mkdir -p /var/lib/fake; touch /var/lib/fake/broken');
    expect(() => apply(machine.shell, app('one'))).toThrow('why it failed');
    machine.shell('rm /var/lib/fake/broken');
    expect(converge(app('one')).map(({ description }) => description)).toEqual(['start app.service']);
  });

  test('is told to read a file again while it runs, until that succeeds', () => {
    const reading = (content: string) => unit({ name: 'app.service', reloads: [{ path: '/etc/app.conf', content }] });
    machine.put('/usr/local/sbin/journalctl', '#!/bin/sh\necho why it failed\n', 0o755);
    machine.put('/etc/app.conf', 'X');
    converge(reading('X'));
    said();
    machine.put('/etc/app.conf', 'Y');
    machine.shell('touch /var/lib/fake/broken');
    expect(() => apply(machine.shell, reading('Y'))).toThrow('why it failed');
    machine.shell('rm /var/lib/fake/broken');
    converge(reading('Y'));
    expect(said()).toEqual(['reload -- app.service', 'reload -- app.service']);
  });

  test('reads a file again, and not before the check passes', () => {
    const reload = (check: string) =>
      unitReload({ unit: 'ssh.service', file: '/etc/ssh/sshd_config.d/10-app.conf', content: 'X', check });
    machine.put('/etc/ssh/sshd_config.d/10-app.conf', 'X');
    expect(() => apply(machine.shell, reload('exit 3'))).toThrow('exit status 3');
    converge(reload('true'));
    expect(said()).toEqual(['try-reload-or-restart -- ssh.service']);
  });

  describe('what it reads was changed by somebody else, who may have made it read that', () => {
    const CONF = '/etc/ssh/sshd_config.d/10-app.conf';
    const started = unit({ name: 'app.service', reads: [{ path: CONF, content: 'X' }] });
    const reloaded = unitReload({ unit: 'app.service', file: CONF, content: 'X' });
    const told = unit({ name: 'app.service', reloads: [{ path: CONF, content: 'X' }] });

    test.each<[string, Operation<unknown>, string]>([
      ['started', started as Operation<unknown>, 'restart -- app.service'],
      ['reloaded', reloaded as Operation<unknown>, 'try-reload-or-restart -- app.service'],
      ['told to read', told as Operation<unknown>, 'reload -- app.service'],
    ])('a service is %s again', (_how, operation, words) => {
      machine.put(CONF, 'X');
      converge(operation);
      said();
      // Before the file is put right, and after that by a run that then broke off.
      machine.put(CONF, 'Y');
      expect(operation.changes(operation.fact.parse(machine.shell(operation.fact.script)))).toHaveLength(1);
      machine.shell("touch -d '-1 minute' /var/lib/firesteel/*/app.service*");
      machine.put(CONF, 'X');
      converge(operation);
      expect(said()).toContain(words);
    });
  });
});

/** apt-get that knows one package, and is busy or has stale lists as often as a file says. */
const APT_GET = `#!/bin/sh
state=/var/lib/fake
for word; do last=$word; case $word in update|install) verb=$word ;; esac; done
echo "$verb $last" >>$state/said
case $verb in
  update)
    if [ -s $state/locks ]; then
      sed -i 1d $state/locks; echo 'E: Could not get lock /var/lib/apt/lists/lock.' >&2; exit 100
    fi
    if [ -e $state/offline ]; then echo 'E: Failed to fetch' >&2; exit 100; fi ;;
  install)
    if [ -s $state/stale ]; then sed -i 1d $state/stale; echo 'E: 404 Not Found' >&2; exit 100; fi
    echo "$last" >>$state/installed ;;
esac
`;

const DPKG_QUERY = `#!/bin/sh
for name; do :; done
case $name in -*|*'{'*) exit 0 ;; esac
grep -qx -- "$name" /var/lib/fake/installed && echo 'installed 1.0'
`;

describeOnMachine('aptPackages', () => {
  const app = aptPackages({ packages: ['fs-old | fs-app'] });
  const said = () => machine.shell('cat /var/lib/fake/said').trim().split('\n');

  beforeEach(() => {
    machine.put('/var/lib/fake/installed', 'bash\n');
    machine.put('/var/lib/apt/lists/mirror_Packages', '');
    machine.put('/usr/local/sbin/apt-get', APT_GET, 0o755);
    machine.put('/usr/local/sbin/apt-cache', '#!/bin/sh\n[ "$3" != fs-old ]\n', 0o755);
    machine.put('/usr/local/sbin/dpkg-query', DPKG_QUERY, 0o755);
    machine.put('/usr/local/sbin/dpkg', '#!/bin/sh\n', 0o755);
    machine.put('/usr/local/sbin/sleep', '#!/bin/sh\necho sleep >>/var/lib/fake/said\n', 0o755);
  });

  test('takes the first alternative that is to be had', () => {
    converge(app);
    expect(said()).toEqual(['update update', 'install fs-app']);
  });

  test('renews the lists once a day', () => {
    converge(app);
    converge(aptPackages({ packages: ['fs-more'] }));
    expect(said()).toEqual(['update update', 'install fs-app', 'install fs-more']);
  });

  test('waits while somebody else renews the lists', () => {
    machine.put('/var/lib/fake/locks', 'once\ntwice\n');
    converge(app);
    expect(said()).toEqual(['update update', 'sleep', 'update update', 'sleep', 'update update', 'install fs-app']);
  });

  test('tries once more with new lists', () => {
    machine.put('/var/lib/fake/stale', 'once\n');
    converge(app);
    expect(said()).toEqual(['update update', 'install fs-app', 'update update', 'install fs-app']);
  });

  test('fails with what apt said', () => {
    machine.put('/var/lib/fake/offline', '');
    expect(() => apply(machine.shell, app)).toThrow('Failed to fetch');
  });

  test.each(['', 'Curl', 'a b', '-y', 'curl=', 'curl |'])('refuses the name %j', (name) => {
    expect(() => aptPackages({ packages: [name] })).toThrow('not a package name');
  });
});

/** As rpm 4.18 answers, of what a file lists. */
const RPM = `#!/bin/sh
what=is
case $* in *--whatprovides*) what=provided-by ;; esac
for name; do :; done
sed -n "s/^$name $what //p" /var/lib/fake/rpms | grep . || { echo "package $name is not installed"; exit 1; }
`;

const DNF = `#!/bin/sh
for word; do last=$word; case $word in list|install|makecache) verb=$word ;; esac; done
echo "$verb $last" >>/var/lib/fake/said
case $verb in
  list) [ "$last" != fs-old ] ;;
  install)
    if [ -s /var/lib/fake/stale ]; then sed -i 1d /var/lib/fake/stale; echo 'Error: 404' >&2; exit 1; fi
    echo "$last is 2.1-1" >>/var/lib/fake/rpms ;;
esac
`;

describeOnMachine('dnfPackages', () => {
  const said = () => machine.shell('cat /var/lib/fake/said').trim().split('\n');

  beforeEach(() => {
    machine.put('/var/lib/fake/rpms', 'kernel is 6.12-1\nkernel is 6.13-1\nwebserver provided-by 1.26-1\n');
    machine.put('/usr/local/sbin/rpm', RPM, 0o755);
    machine.put('/usr/local/sbin/dnf', DNF, 0o755);
  });

  test('takes the first alternative that is to be had', () => {
    converge(dnfPackages({ packages: ['fs-old | fs-app'] }));
    expect(said()).toEqual(['list fs-old', 'list fs-app', 'install fs-app']);
  });

  test('tries once more with new lists', () => {
    machine.put('/var/lib/fake/stale', 'once\n');
    converge(dnfPackages({ packages: ['fs-app'] }));
    expect(said()).toEqual(['install fs-app', 'makecache --refresh', 'install fs-app']);
  });

  test('knows what is there, more than once or by another name', () => {
    expect(apply(machine.shell, dnfPackages({ packages: ['kernel', 'webserver'] }))).toEqual([]);
  });

  test.each(['', 'a b', '-y', 'curl |', 'curl;'])('refuses the name %j', (name) => {
    expect(() => dnfPackages({ packages: [name] })).toThrow('not a package name');
  });
});

describeOnMachine('pythonPackages', () => {
  test('makes an environment, and keeps the one before', () => {
    machine.shell(`cd /opt && mkdir -p firesteel && cd firesteel && mkdir python-000000000000 python-111111111111
      ln -s /opt/firesteel/python-111111111111 python`);
    converge(pythonPackages({ packages: [] }));
    expect(
      machine.shell('/opt/firesteel/python/bin/python3 -c "import os, sys; print(os.path.realpath(sys.prefix))"'),
    ).toMatch(/^\/opt\/firesteel\/python-[0-9a-f]{12}\n$/);
  }, 60_000);

  test.each(['', 'a\nb', '--index-url=http://example.com'])('refuses the requirement %j', (text) => {
    expect(() => pythonPackages({ packages: [text] })).toThrow('not a Python requirement');
  });
});

describeOnMachine('volume', () => {
  const id = '0b1f5c9e-6b1d-4c8e-9f57-1234567890ab';
  let folder: string;
  let device: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-disk-'));
    closeSync(openSync(join(folder, 'disk'), 'w'));
    truncateSync(join(folder, 'disk'), 32 * 1024 * 1024);
    device = execFileSync('losetup', ['--find', '--show', join(folder, 'disk')], { encoding: 'utf8' }).trim();
    machine.put('/etc/scratch-disk', `${device.replace('/dev/loop', '')} ${id.slice(0, 20)}\n`);
  });

  afterEach(() => {
    execFileSync('losetup', ['--detach', device]);
    rmSync(folder, { recursive: true });
  });

  /** Mounts end with the shell that made them, like with a reboot. */
  const mount = `mount /dev/disk/by-id/virtio-${id.slice(0, 20)} /data`;
  const show = `${mount}; stat -c "%a %U" /data; cat /data/kept; umount /data`;

  test('is formatted, filled with what the directory held, and mounted at boot', () => {
    machine.shell('install -d -m 0750 -o nobody /data; echo before >/data/kept');
    apply(machine.shell, volume({ id, mount: '/data' }));
    expect(machine.shell(show)).toBe('750 nobody\nbefore\n');
    const uuid = execFileSync('blkid', ['-p', '-s', 'UUID', '-o', 'value', device], { encoding: 'utf8' }).trim();
    expect(machine.shell('grep " /data " /etc/fstab')).toMatch(`UUID=${uuid} /data ext4 defaults,nofail,`);
  });

  test('a second run needs no change', () => {
    const operation = volume({ id, mount: '/data' });
    apply(machine.shell, operation);
    expect(operation.changes(operation.fact.parse(machine.shell(`${mount}\n${operation.fact.script}`)))).toEqual([]);
  });

  test('that holds data is mounted as it is', () => {
    const operation = volume({ id, mount: '/data' });
    apply(machine.shell, operation);
    machine.shell(`${mount}; echo precious >/data/kept; rm /etc/fstab`);
    expect(apply(machine.shell, operation).map(({ description }) => description)).toEqual([
      `mount volume ${id} at /data`,
    ]);
    expect(machine.shell(show)).toContain('precious');
  });

  test('that a run had formatted but not filled is begun again', () => {
    execFileSync('mkfs.ext4', ['-q', '-L', 'firesteelwip', device]);
    machine.shell('mkdir /data; echo before >/data/kept');
    apply(machine.shell, volume({ id, mount: '/data' }));
    expect(machine.shell(show)).toContain('before');
    expect(execFileSync('blkid', ['-p', '-s', 'LABEL', device], { encoding: 'utf8' }).trim()).toBe('');
  });

  test('refuses a disk that holds something else', () => {
    execFileSync('mkfs.ext4', ['-q', device]);
    expect(() => apply(machine.shell, volume({ id, mount: '/data', filesystem: 'xfs' }))).toThrow(
      'never formatted over',
    );
  });

  test('refuses a partitioned disk even when the fact is from before it was attached', () => {
    const partition = Buffer.from([0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0]);
    const table = Buffer.concat([Buffer.alloc(446), partition, Buffer.alloc(48), Buffer.from([0x55, 0xaa])]);
    writeFileSync(join(folder, 'disk'), table, { flag: 'r+' });
    const operation = volume({ id, mount: '/data' });
    const [format] = operation.changes(operation.fact.bare);
    expect(() => machine.shell(`set -eu\n${format!.script}`)).toThrow('never formatted over');
  });

  test('fails when it is not attached', () => {
    const other = volume({ id: 'ffffffff-6b1d-4c8e-9f57-1234567890ab', mount: '/data', withinSeconds: 1 });
    expect(() => apply(machine.shell, other)).toThrow('not attached to this machine');
  });
});
