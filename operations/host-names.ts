import { type ManagedBlockFact, managedBlock } from './managed-block';
import type { Operation } from './operation';

export interface HostNamesOptions {
  /** All machines that are to be known by name. */
  readonly hosts: readonly Host[];
  /** Address of the machine itself: its own names are never missing. */
  readonly own: string;
  /** Whether machines that came later have to be known at once. @default false */
  readonly whole?: boolean;
  /** @default '/etc/hosts' */
  readonly path?: string;
}

export interface Host {
  readonly address: string;
  /** The first one is what the address is called. */
  readonly names: readonly string[];
}

/**
 * Machines by their names, in /etc/hosts. What is there is left as it is while nothing in it is wrong: it may lack machines
 * that came later, and may still have some that are gone, so that one that comes or goes changes none of the others. What
 * is written is always the whole.
 * @throws {Error} when the machine itself is not among the hosts
 */
export function hostNames({
  hosts,
  own,
  whole = false,
  path = '/etc/hosts',
}: HostNamesOptions): Operation<ManagedBlockFact> {
  const self = hosts.find(({ address }) => address === own);
  if (!self) throw new Error(`${path}: ${own} is the machine itself and has to be among its hosts`);
  const wanted = new Set(hosts.map(line));
  const taken = new Set(hosts.flatMap(({ address, names }) => [address, ...names]));
  const isRight = (text: string): boolean => wanted.has(text) || !text.split(/\s+/).some((word) => taken.has(word));
  return managedBlock({
    path,
    marker: 'nodes',
    content: [...wanted].map((text) => `${text}\n`).join(''),
    ...(!whole && { mayStay: (lines: readonly string[]) => lines.includes(line(self)) && lines.every(isRight) }),
  });
}

function line({ address, names }: Host): string {
  return [address, ...names].join(' ');
}
