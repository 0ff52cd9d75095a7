import { ClusterContext, membersOf } from '../../configure/context';
import type { ClusterOutput } from '../../plan/cluster-output';
import { clusterPlan } from '../../plan/general-cluster';
import type { NodeInfo } from '../../roles';
import { node } from '../../roles/node';
import { context, nodeInfo } from './_context';

const of = (changes: Partial<NodeInfo>) => {
  const at = context('worker-0', [nodeInfo('worker-0', changes)]);
  const operations = node.configure!(at).map((operation) => ({
    what: `${operation.kind} ${operation.name}`,
    does: operation.changes(operation.fact.bare).map(({ description }) => description),
  }));
  return { operations, probes: node.health!(at).map(({ name }) => name) };
};

describe('the role node', () => {
  test('gives a node its swap, and asks whether it is used', () => {
    const { operations, probes } = of({ swap: { sizeMiB: 2048 } });
    expect(operations).toContainEqual({
      what: 'swap /swapfile',
      does: ['make the swap file /swapfile of 2048 MiB', 'use /swapfile as swap, now and at boot'],
    });
    expect(probes).toEqual(['disk', 'swap']);
  });

  test('takes away what swap a plan gave it before', () => {
    const { operations, probes } = of({});
    expect(operations).toContainEqual({ what: 'swap /swapfile', does: [] });
    expect(probes).toEqual(['disk']);
  });

  test('knows its swap from the plan', () => {
    const plan = clusterPlan('dev', { image: 'x', groups: { db: { flavor: 'm', swap: '20%' }, web: { flavor: 'm' } } });
    const nodes = plan.groups.map(({ name }) => ({
      ...{ name: `${name}-0`, hostname: `dev-${name}-0`, group: name, roles: ['node'], serverId: 's', imageId: 'i' },
      ...{ address: '10.0.0.9', floatingIp: null, region: null, vcpus: 1, memoryMiB: 1024, volumes: [] },
    }));
    const output: ClusterOutput = { version: 1, environment: 'dev', planDigest: '', nodes };
    const members = membersOf(plan, output);
    const all = ClusterContext.withoutSecrets(plan, members);
    expect(members.map((member) => all.of(member).node.swap)).toEqual([{ percent: 20 }, undefined]);
  });
});
