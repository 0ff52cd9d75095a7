import { Traffic } from '../../roles/traffic';

describe('Traffic', () => {
  test('has an id made of what it is', () => {
    const all = [Traffic.tcp(7077), Traffic.tcp(7300, 7331), Traffic.udp(53), Traffic.protocol('vrrp')];
    expect(all.map((traffic) => traffic.id)).toEqual(['tcp-7077', 'tcp-7300-7331', 'udp-53', 'vrrp']);
    expect(all.map(String)).toEqual(['tcp 7077', 'tcp 7300-7331', 'udp 53', 'vrrp']);
  });

  test('names no ports where all are meant, as Neutron keeps it', () => {
    expect(Traffic.tcp(1, 65535)).toEqual(Traffic.protocol('tcp'));
    expect(Traffic.tcp(1, 65535).portRange).toBeUndefined();
  });

  test('reads ports of roles', () => {
    expect(Traffic.of({ name: 'rpc', port: 7077, from: [] })).toEqual(Traffic.tcp(7077));
    expect(Traffic.of({ name: 'x', port: [7300, 7331], protocol: 'udp', from: [] })).toEqual(Traffic.udp(7300, 7331));
  });

  test('takes the ports of several roles, each once', () => {
    const ssh = { name: 'node', summary: '', exposes: [{ name: 'ssh', port: 22, from: [] }] };
    const web = { name: 'web', summary: '', exposes: [{ name: 'http', port: 80, from: [] }, ...ssh.exposes] };
    expect(Traffic.exposedBy([ssh, web])).toEqual([Traffic.tcp(22), Traffic.tcp(80)]);
  });

  test('joins ports that overlap or touch, and nothing else', () => {
    const all = [
      Traffic.tcp(7080, 7090),
      Traffic.tcp(7077),
      Traffic.udp(7078),
      Traffic.tcp(7078, 7079),
      Traffic.tcp(7085, 7087),
      Traffic.tcp(7092),
    ];
    expect(Traffic.union(all).map((traffic) => traffic.id)).toEqual(['tcp-7077-7090', 'tcp-7092', 'udp-7078']);
    expect(Traffic.union([Traffic.tcp(80), Traffic.protocol('tcp'), Traffic.protocol('vrrp')])).toEqual([
      Traffic.protocol('tcp'),
      Traffic.protocol('vrrp'),
    ]);
  });

  test('knows what it lets through', () => {
    expect(Traffic.tcp(1, 90).covers(Traffic.tcp(22))).toBe(true);
    expect(Traffic.tcp(22).covers(Traffic.tcp(22, 23))).toBe(false);
    expect(Traffic.tcp(22).covers(Traffic.udp(22))).toBe(false);
    expect(Traffic.protocol('tcp').covers(Traffic.tcp(22))).toBe(true);
  });

  test.each([0, -1, 65536, 1.5, Number.NaN])('refuses port %p', (port) => {
    expect(() => Traffic.tcp(port)).toThrow(`${port} is no port: give a whole number from 1 to 65535`);
  });

  test('refuses a range that runs backwards', () => {
    expect(() => Traffic.tcp(20, 10)).toThrow('ports 20-10 run backwards');
  });
});
