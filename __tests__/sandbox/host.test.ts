import { heardOf } from '../../sandbox/bring-up';
import { dropsForwarded, hostRules } from '../../sandbox/footprint';
import { hostObstacles, missingPackages } from '../../sandbox/host';
import { hostResolvers } from '../../sandbox/resolvers';
import { describeEnd } from '../../sandbox/status';

describe('what keeps a machine from running the sandbox', () => {
  const able = { platform: 'linux', uid: 0, cgroupV1: true };

  test('nothing on a Debian with root', () => {
    expect(hostObstacles(able)).toEqual([]);
  });

  test('another system is told to use its own cloud, and nothing else', () => {
    expect(hostObstacles({ ...able, platform: 'darwin', uid: 501, cgroupV1: false })).toEqual([
      expect.stringMatching(/needs Linux.*darwin.*OS_CLOUD/),
    ]);
  });

  test('every obstacle is named at once, with what to do', () => {
    const obstacles = hostObstacles({ platform: 'linux', uid: 1000, cgroupV1: false });
    expect(obstacles).toHaveLength(2);
    expect(obstacles.join('\n')).toMatch(/sudo[\s\S]*systemd\.unified_cgroup_hierarchy=0/);
  });

  test('missing programs are asked for as packages, each once', () => {
    expect(missingPackages((program) => !['flock', 'setpriv', 'nft'].includes(program))).toEqual([
      'nftables',
      'util-linux',
    ]);
  });
});

describe('DNS for guests', () => {
  const files = (all: Record<string, string>) => (file: string) => all[file] ?? '';

  test('the host’s servers, where guests can reach them', () => {
    const read = files({ '/etc/resolv.conf': '# x\nnameserver 192.0.2.53\nnameserver fd00::1\nsearch lan\n' });
    expect(hostResolvers('172.24.4.1', read)).toEqual({ nameservers: ['192.0.2.53'] });
  });

  test('those behind systemd-resolved', () => {
    const read = files({
      '/etc/resolv.conf': 'nameserver 127.0.0.53\n',
      '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.9\n',
    });
    expect(hostResolvers('172.24.4.1', read)).toEqual({ nameservers: ['192.0.2.9'] });
  });

  test('a forwarder for what listens on the host’s loopback', () => {
    const read = files({ '/etc/resolv.conf': 'nameserver 127.0.0.1\nnameserver ::1\n' });
    expect(hostResolvers('172.24.4.1', read)).toEqual({
      nameservers: ['172.24.4.1'],
      forwarder: { listen: '172.24.4.1', servers: ['127.0.0.1', '::1'] },
    });
  });
});

describe('the host’s network', () => {
  test('only what leaves the sandbox’s network is masqueraded, in a table of its own name', () => {
    const rules = hostRules('firesteel_1234', 'firesteel1234', '172.24.4.0/24');
    expect(rules).toContain('table ip firesteel_1234 {');
    expect(rules).toContain('ip saddr 172.24.4.0/24 ip daddr != 172.24.4.0/24 masquerade');
  });

  test('other machines get in only as answers to guests', () => {
    const rules = hostRules('firesteel_1234', 'firesteel1234', '172.24.4.0/24');
    expect(rules).toMatch(
      /ct state established,related accept\n\s*iifname != "firesteel1234" ip daddr 172\.24\.4\.0\/24 drop\n/,
    );
  });

  test('a firewall that drops forwarded packets is seen', () => {
    const chain = (policy: string) =>
      `chain FORWARD {\n\t\ttype filter hook forward priority filter; policy ${policy};\n\t}`;
    expect(dropsForwarded(chain('drop'))).toBe(true);
    expect(dropsForwarded(chain('accept'))).toBe(false);
    expect(dropsForwarded('chain INPUT { type filter hook input priority 0; policy drop; }')).toBe(false);
  });
});

describe('whether a service was heard of since it started', () => {
  const since = Date.parse('2026-01-02T03:04:05.700Z') / 1000;
  const report = (at: string | null, host = 'compute-1') => [{ binary: 'nova-compute', host, at }];

  test.each([
    ['2026-01-02 03:04:05', true],
    ['2026-01-02T03:04:06.000000', true],
    ['2026-01-02 03:04:04', false],
    [null, false],
  ])('a report at %s: %s', (at, heard) => {
    expect(heardOf({ name: 'nova-compute', since }, report(at))).toBe(heard);
  });

  test('each node reports for itself', () => {
    const late = '2026-01-02 03:05:00';
    expect(heardOf({ name: 'compute-2-nova-compute', since }, report(late))).toBe(false);
    expect(heardOf({ name: 'compute-2-nova-compute', since }, report(late, 'compute-2'))).toBe(true);
  });
});

test('how a service ended is told in words', () => {
  expect(describeEnd({ code: null, signal: 'SIGKILL' })).toBe('was killed (SIGKILL)');
  expect(describeEnd({ code: 1, signal: null })).toBe('ended with exit status 1');
});
