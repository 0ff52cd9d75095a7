import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Operation } from '../../operations/operation';
import type { Drain, Role } from '../../roles/role';
import type { LocalCluster } from './_cluster';
import { textFile } from './_operations';

/** A service whose state is a file of its node: `running VERSION` where it runs. Every change of it is written into `log`. */
export function service(name: string, version: () => string, log: string, more: Partial<Role> = {}): Role {
  return {
    name,
    summary: '',
    exposes: [],
    start: ({ node }) => [state(name, node.name, version(), log)],
    health: () => [{ name: 'unit', script: `grep -q running ${name}.service || { echo inactive; exit 3; }` }],
    ...more,
  };
}

/** The same with something to install and something to configure. */
export function wholeService(name: string, more: Partial<Role> = {}, log = '/dev/null'): Role {
  return service(name, () => '1', log, {
    install: () => [textFile(`${name}.installed`, 'yes')],
    configure: ({ node }) => [textFile(`${name}.conf`, `I am ${node.name}`)],
    ...more,
  });
}

function state(name: string, node: string, version: string, log: string): Operation<string> {
  const unit = `${name}.service`;
  const set = (verb: string, text: string): Change => ({
    description: `${verb} ${unit}`,
    script: `echo "${verb} ${name} on ${node}" >> ${log}; printf %s "${text}" > ${unit}`,
    ...(verb === 'restart' && { restarts: unit }),
  });
  const base = {
    kind: 'unit',
    name: unit,
    fact: { script: `cat ${unit} 2>/dev/null || :`, parse: (stdout: string) => stdout.trim(), bare: '' },
  };
  return {
    ...base,
    changes: (fact) =>
      fact === `running ${version}` ? [] : [set(fact === '' ? 'start' : 'restart', `running ${version}`)],
    atRest: { ...base, changes: (fact) => (fact === '' ? [] : [set('stop', '')]) },
  };
}

/** A node is emptied on the node with the role `via`: there its name is written into `kept`. What runs is a number in a file. */
export function drainOf(via: string | undefined, node: string, log: string): Drain {
  return {
    ...(via && { via }),
    begin: `[ ! -e later ] || { rm later; exit 75; }; [ ! -e refuse ] || { cat refuse; exit 1; }; echo "keep ${node}" >> ${log}; touch kept-${node}`,
    load: 'cat load 2>/dev/null || echo 0; [ ! -e next ] || mv next load',
  };
}

/** How many things are still starting on a node is a number in a file; `settled` is the next one. Every look is written into `log`. */
export function startingOn(node: string, log: string): string {
  return `echo "settle ${node}" >> ${log}; cat starting 2>/dev/null || echo 0; [ ! -e settled ] || mv settled starting`;
}

/** systemd as far as it is asked whether a unit runs; it needs a machine of its own. */
export function withSystemctl(cluster: LocalCluster): void {
  for (const machine of cluster.machines.values()) {
    const bin = join(machine.dir, 'bin');
    mkdirSync(bin);
    // is-active -- UNIT
    writeFileSync(
      join(bin, 'systemctl'),
      '#!/bin/sh\nif [ -s "$3" ]; then echo active; else echo inactive; exit 3; fi\n',
    );
    chmodSync(join(bin, 'systemctl'), 0o755);
    machine.env.PATH = `${bin}:${process.env.PATH}`;
  }
}

export function readLog(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => line !== '');
}
