import { ServerGroup } from '../../constructs/server-group';
import { synthesize } from './_template';

describe('ServerGroup', () => {
  test('keeps servers apart where it can', () => {
    const template = synthesize((stack) => new ServerGroup(stack, 'group', { name: 'dev-worker' }));
    expect(template.resource('compute_servergroup_v2')).toEqual({
      name: 'dev-worker',
      policies: ['soft-anti-affinity'],
    });
  });

  test('keeps servers apart at all costs', () => {
    const template = synthesize((stack) => new ServerGroup(stack, 'group', { name: 'x', policy: 'anti-affinity' }));
    expect(template.resource('compute_servergroup_v2').policies).toEqual(['anti-affinity']);
  });
});
