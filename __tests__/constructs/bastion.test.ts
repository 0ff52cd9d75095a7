import { Bastion } from '../../constructs/bastion';
import { NodeGroup } from '../../constructs/node-group';
import { groupProps } from './_cluster-parts';
import { synthesize } from './_template';

const access = ['203.0.113.7/32'];

describe('Bastion', () => {
  test('is one node with a floating IP', () => {
    const template = synthesize((stack) => new Bastion(stack, 'bastion', { ...groupProps(stack), access }));
    expect(template.resource('compute_instance_v2')).toMatchObject({
      name: 'dev-bastion-0',
      metadata: { roles: 'node,bastion' },
    });
    expect(template.resource('networking_floatingip_v2')).toMatchObject({ pool: 'public' });
  });

  test('lets in those who have access, and out to whom it is told', () => {
    const template = synthesize((stack) => {
      const props = groupProps(stack);
      const bastion = new Bastion(stack, 'bastion', { ...props, access });
      const inner = new NodeGroup(stack, 'inner', props);
      bastion.connections.allowTo(inner, 22);
    });
    const peers = template.rules().filter((rule) => rule.includes(' 22-22 '));
    expect(peers).toEqual([
      'bastion_security-group egress tcp 22-22 inner_security-group',
      'bastion_security-group ingress tcp 22-22 203.0.113.7/32',
      'inner_security-group ingress tcp 22-22 bastion_security-group',
    ]);
  });

  test('refuses to be reached by nobody', () => {
    synthesize((stack) => {
      const make = () => new Bastion(stack, 'bastion', { ...groupProps(stack), access: [] });
      expect(make).toThrow('access names nobody');
    });
  });
});
