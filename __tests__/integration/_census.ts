import { holdings } from './_storm';

/** What is wrong with what the cloud has. */
export interface Census {
  /** There, and nobody wants it. */
  readonly orphans: readonly string[];
  /** There more often than it should be. */
  readonly twice: readonly string[];
  readonly missing: readonly string[];
}

/** Compares what the cloud has with what it should have, by kind and name, each as often as it is named. */
export async function census(expected: readonly string[]): Promise<Census> {
  return compare(expected, await holdings());
}

function compare(expected: readonly string[], found: readonly string[]): Census {
  const tooMany = without(found, expected);
  const isWanted = (thing: string) => expected.includes(thing);
  return {
    orphans: tooMany.filter((thing) => !isWanted(thing)),
    twice: tooMany.filter(isWanted),
    missing: without(expected, found),
  };
}

function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...all];
  for (const other of others) {
    const at = left.indexOf(other);
    if (at >= 0) left.splice(at, 1);
  }
  return left;
}

/** What a common environment has in the cloud. */
export function commonHoldings(name: string): string[] {
  return [
    `key pair firesteel-${name}`,
    `network firesteel-${name}`,
    `router firesteel-${name}`,
    `security group firesteel-${name}-node`,
    `security group firesteel-${name}-ssh`,
  ];
}

/** What a cluster of a master with a floating IP and these workers has in the cloud. */
export function clusterHoldings(name: string, workers: readonly number[], floatingWorkers = false): string[] {
  const nodes = ['master-0', ...workers.map((number) => `worker-${number}`)];
  return [
    ...nodes.flatMap((node) => [`server ${name}-${node}`, `port ${name}-${node}`]),
    ...['master', 'worker'].flatMap((group) => [`security group ${name}-${group}`, `server group ${name}-${group}`]),
    `security group ${name}-mirrors`,
    ...Array.from({ length: floatingWorkers ? nodes.length : 1 }, () => 'floating IP'),
  ];
}
