import { groupPrefix, type NodeGroupPlan } from './cluster-plan';

/** What a node is called on itself and by others. */
export interface NodeNames {
  readonly hostname: string;
  readonly privateFqdn?: string;
  readonly publicFqdn?: string;
}

/** Stands for a node's number. */
export const NUMBER_GAP = '{n}';

export function namesOfNode(
  plan: { readonly name: string },
  group: Pick<NodeGroupPlan, 'name' | 'names'>,
  number: number,
): NodeNames {
  const fill = (pattern: string): string => pattern.replaceAll(NUMBER_GAP, String(number));
  const { hostname = `${groupPrefix(plan, group)}-${NUMBER_GAP}`, privateFqdn, publicFqdn } = group.names ?? {};
  return {
    hostname: fill(hostname),
    ...(privateFqdn !== undefined && { privateFqdn: fill(privateFqdn) }),
    ...(publicFqdn !== undefined && { publicFqdn: fill(publicFqdn) }),
  };
}
