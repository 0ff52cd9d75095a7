import { managedBlock } from '../../operations/managed-block';
import type { Operation } from '../../operations/operation';
import type { NodeContext } from '../role';
import { brokersElsewhere } from './_brokers';

/**
 * The brokers by name, for a client of a cluster that is in several regions: there they tell of each other by name, because
 * the address of one is another in its region than elsewhere. What the role `node` writes may lack those that came later.
 */
export function kafkaNames(context: NodeContext): readonly Operation[] {
  const brokers = [...context.nodesWith('kafka'), ...brokersElsewhere(context)];
  if (context.node.region === undefined || brokers.length === 0) return [];
  const content = brokers.map(({ address, hostname }) => `${address} ${hostname}\n`).join('');
  return [managedBlock({ path: '/etc/hosts', marker: 'kafka', content })];
}
