import { sh } from '../operations/shell';
import { python } from './_python';
import type { Probe } from './role';

/** The unit runs; otherwise its last words are told. */
export function unitActive(unit: string): Probe {
  const script = sh`
    state=$(systemctl is-active -- ${unit}) && exit 0
    echo ${`${unit} is`} "$state"
    journalctl --no-pager -q -o cat -n 5 -u ${unit} | cut -c1-300
    exit 1
  `;
  return { name: 'unit', script: script.text };
}

/**
 * A question in Python; see `python` for what it has.
 * @param unit whose last warnings are told when it fails, but for what every start of Hadoop's classes says. @default - none are told
 */
export function pythonProbe(name: string, code: string, args: readonly string[], unit?: string): Probe {
  const ask = python(code, args);
  if (unit === undefined) return { name, script: ask.text };
  const script = sh`
    ${ask} && exit 0
    journalctl --no-pager -q -o cat -n 200 -u ${unit} | grep -E ' (WARN|ERROR) ' | grep -v NativeCodeLoader | tail -n 2
    exit 1
  `;
  return { name, script: script.text };
}
