import type { Operation } from '../operations/operation';
import { sh } from '../operations/shell';

export interface HeldBackFact {
  /** There is a unit of that name in /etc already: ours, or this mark. */
  readonly decided: boolean;
}

/**
 * Keeps Debian from starting a service as soon as its package is there, and at each boot of an image that was baked with
 * it: open to everybody, and with data of its own, before it is part of any cluster. To stand before `packages`; the text
 * that `unit` gives the service takes the place of this mark.
 * @param unit e.g. `mariadb.service`
 */
export function heldBack(unit: string): Operation<HeldBackFact> {
  const path = `/etc/systemd/system/${unit}`;
  return {
    kind: 'held-back',
    name: path,
    fact: {
      script: sh`if [ -e ${path} ] || [ -L ${path} ]; then echo decided; fi`.text,
      parse: (stdout) => ({ decided: stdout.trim() === 'decided' }),
      bare: { decided: false },
    },
    changes: ({ decided }) =>
      decided
        ? []
        : [{ description: `keep ${unit} from starting before it is configured`, script: holdBack(unit, path) }],
  };
}

function holdBack(unit: string, path: string): string {
  return sh`
    if [ ! -e ${path} ] && [ ! -L ${path} ]; then ln -s /dev/null ${path}; fi
    if [ -d /run/systemd/system ]; then
      systemctl daemon-reload
      systemctl stop -- ${unit} 2>/dev/null || :
    fi
  `.text;
}
