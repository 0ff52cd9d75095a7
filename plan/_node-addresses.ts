import { isIPv4 } from 'node:net';
import type { FloatingIpPlan, FloatingIpsPlan, NodeGroupPlan } from './cluster-plan';
import type { PlanIssue } from './plan-error';

/** What a section says of its nodes' addresses; lists are in the order of the nodes' numbers. */
export interface NodeAddressesSpec {
  readonly count?: number;
  readonly floatingIp?: boolean | readonly string[];
  readonly addresses?: readonly string[];
}

/** Nodes that a list doesn't reach have none. Where all nodes are alike, that is all that is said. */
export function floatingIpsOf(spec: boolean | readonly string[], numbers: readonly number[]): FloatingIpsPlan {
  if (typeof spec === 'boolean') return spec ? 'new' : 'none';
  const chosen = numbers.flatMap((number, index): [number, FloatingIpPlan][] => {
    const choice = spec[index] ?? 'none';
    return choice === 'none' ? [] : [[number, choice === 'new' ? 'new' : { existing: choice }]];
  });
  if (chosen.length === 0) return 'none';
  const allNew = chosen.length === numbers.length && chosen.every(([, choice]) => choice === 'new');
  return allNew ? 'new' : Object.fromEntries(chosen);
}

/** Absent where the subnet gives all of them. */
export function addressesOf(
  addresses: readonly string[] = [],
  numbers: readonly number[],
): Pick<NodeGroupPlan, 'addresses'> {
  const given = numbers.flatMap((number, index) =>
    addresses[index] === undefined ? [] : [[number, addresses[index]]],
  );
  return given.length > 0 ? { addresses: Object.fromEntries(given) } : {};
}

/** Whether any node gets one. */
export function givesFloatingIp(spec: boolean | readonly string[]): boolean {
  return typeof spec === 'boolean' ? spec : spec.some((choice) => choice !== 'none');
}

export function isFloatingIpChoice(text: string): boolean {
  return text === 'new' || text === 'none' || isIPv4(text);
}

export function noFloatingIpChoice(text: unknown): string {
  return `"${text}" is no floating IP: say new, none, or the IPv4 address of one that the project has`;
}

/** What is wrong with the lists of some sections, by name, which share one cluster. */
export function nodeAddressIssues(sections: Readonly<Record<string, NodeAddressesSpec>>): PlanIssue[] {
  const specs = Object.entries(sections);
  const floating = specs.flatMap(([section, { floatingIp }]) =>
    entries(`${section}.floatingIp`, Array.isArray(floatingIp) ? floatingIp : []),
  );
  const fixed = specs.flatMap(([section, { addresses = [] }]) => entries(`${section}.addresses`, addresses));
  return [
    ...specs.flatMap(([section, spec]) => tooLong(section, spec)),
    ...floating
      .filter(({ text }) => !isFloatingIpChoice(text))
      .map(({ path, text }) => ({ path, message: noFloatingIpChoice(text) })),
    ...fixed
      .filter(({ text }) => !isIPv4(text))
      .map(({ path, text }) => ({ path, message: `"${text}" is no IPv4 address` })),
    ...twice(floating.filter(({ text }) => isIPv4(text))),
    ...twice(fixed),
  ];
}

interface Entry {
  readonly path: string;
  readonly text: string;
}

function entries(path: string, list: readonly string[]): Entry[] {
  return list.map((text, index) => ({ path: `${path}.${index}`, text }));
}

function tooLong(section: string, { count = 1, floatingIp, addresses }: NodeAddressesSpec): PlanIssue[] {
  return Object.entries({ floatingIp, addresses }).flatMap(([key, list]) => {
    if (!Array.isArray(list) || list.length <= count) return [];
    const nodes = count === 1 ? 'there is 1 node' : `there are ${count} nodes`;
    const message = `one too many: ${nodes}, and an entry is for one of them, in the order of their numbers`;
    return [{ path: `${section}.${key}.${count}`, message }];
  });
}

function twice(all: readonly Entry[]): PlanIssue[] {
  return all.flatMap(({ path, text }, index) => {
    const first = all.find((entry) => entry.text === text)!;
    return first === all[index] ? [] : [{ path, message: `${text} is given at ${first.path} already: give another` }];
  });
}
