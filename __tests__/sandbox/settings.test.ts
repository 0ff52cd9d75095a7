import { SandboxError } from '../../sandbox/errors';
import { sandboxSettings } from '../../sandbox/settings';

describe('sandboxSettings', () => {
  test('keeps state and cache apart, in the folders of the XDG rules', () => {
    const plain = sandboxSettings({ HOME: '/home/ada' });
    expect(plain.stateDir).toBe('/home/ada/.local/state/firesteel/sandbox');
    expect(plain.cacheDir).toBe('/home/ada/.cache/firesteel/sandbox');
    const moved = sandboxSettings({ HOME: '/home/ada', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c' });
    expect([moved.stateDir, moved.cacheDir]).toEqual(['/s/firesteel/sandbox', '/c/firesteel/sandbox']);
    expect(sandboxSettings({ HOME: '/h', XDG_CACHE_HOME: '/c', FIRESTEEL_CACHE: '/own' }).cacheDir).toBe(
      '/own/sandbox',
    );
  });

  test('two sandboxes share no name on the host', () => {
    const one = sandboxSettings({ FIRESTEEL_SANDBOX_DIR: '/srv/one' });
    const two = sandboxSettings({ FIRESTEEL_SANDBOX_DIR: '/srv/two', FIRESTEEL_SANDBOX_NET: '172.24.5.0/24' });
    for (const key of ['id', 'interface', 'natTable', 'lock', 'stateDir'] as const) expect(one[key]).not.toBe(two[key]);
    expect(one.interface.length).toBeLessThanOrEqual(15);
    expect(two.net).toEqual({
      cidr: '172.24.5.0/24',
      host: '172.24.5.1',
      api: '172.24.5.2',
      dns: { public: '172.24.5.2', private: '172.24.5.3' },
      floatingFirst: '172.24.5.10',
      floatingLast: '172.24.5.250',
      outsideFirst: '172.24.5.251',
    });
  });

  test.each(['172.24.4.0', '172.24.4.0/16', '172.24.4.1/24', '300.1.1.0/24', 'fd00::/64', '../24'])(
    'refuses the network %s',
    (net) => {
      expect(() => sandboxSettings({ FIRESTEEL_SANDBOX_NET: net })).toThrow(SandboxError);
      expect(() => sandboxSettings({ FIRESTEEL_SANDBOX_NET: net })).toThrow(net);
    },
  );

  test.each(['/srv/my sandbox', '/srv/a:b', '/srv/a,b', "/srv/a'b"])(
    'refuses the folder %s, which no overlay can have',
    (dir) => {
      expect(() => sandboxSettings({ FIRESTEEL_SANDBOX_DIR: dir })).toThrow(/FIRESTEEL_SANDBOX_DIR/);
    },
  );
});
