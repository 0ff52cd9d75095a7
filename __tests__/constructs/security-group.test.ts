import { SecurityGroup } from '../../constructs/security-group';
import { synthesize } from './_template';

test('SecurityGroup starts from nothing', () => {
  const template = synthesize((stack) => new SecurityGroup(stack, 'web', { name: 'dev-web', description: 'Web' }));
  expect(template.resource('networking_secgroup_v2')).toEqual({
    name: 'dev-web',
    description: 'Web',
    delete_default_rules: true,
  });
  expect(template.rules()).toEqual([]);
});
