import { loadEnvironments } from '../../plan/load-environments';
import { COMMON, DEV, project } from './_project';

describe('fixed addresses fit the network that the common environment makes', () => {
  const addressed = (...addresses: string[]) =>
    DEV.replace('count: 2', `count: ${addresses.length}\n  addresses: [${addresses.join(', ')}]`);
  const both =
    (dev: string, common = COMMON) =>
    () =>
      loadEnvironments(project({ 'dev.yaml': dev, 'common.yaml': common }));

  test('any of them but the first two and the last', () => {
    expect(both(addressed('10.77.0.2', '10.77.0.254'))).not.toThrow();
    expect(both(addressed('10.0.3.254'), `${COMMON}  cidr: 10.0.0.0/22\n`)).not.toThrow();
  });

  test('refuses all others with their places', () => {
    expect(both(addressed('10.77.1.0', '10.77.0.1', '10.77.0.0', '10.77.0.255'))).toThrow(
      new RegExp(
        [
          'dev.yaml:8:15: workers.addresses.0: 10.77.1.0 is outside of the subnet 10.77.0.0/24: give one of 10.77.0.2 to 10.77.0.254',
          '\\S*dev.yaml:8:26: workers.addresses.1: 10.77.0.1 is the gateway of the subnet 10.77.0.0/24: .*',
          '\\S*dev.yaml:8:37: workers.addresses.2: 10.77.0.0 is no address for a node in the subnet 10.77.0.0/24: .*',
          '\\S*dev.yaml:8:48: workers.addresses.3: 10.77.0.255 is no address for a node .*',
        ].join('\n'),
      ),
    );
  });

  test('what an existing network has is known only to the cloud', () => {
    const common = COMMON.replace('external: public', 'existing: lan\n  subnet: lan-4');
    expect(both(addressed('192.0.2.7'), common)).not.toThrow();
  });
});
