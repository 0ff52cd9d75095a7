import { sh } from '../operations/shell';
import type { Probe } from './role';

/** The unit runs; otherwise its last words are told. */
export function unitActive(unit: string): Probe {
  const script = sh`
    state=$(systemctl is-active -- ${unit}) && exit 0
    echo ${`${unit} is`} "$state"
    journalctl --no-pager -q -o cat -n 5 -u ${unit}
    exit 1
  `;
  return { name: 'unit', script: script.text };
}

/**
 * A question in Python, which every image has. It has `get(url)`, `get_json(url)` and `fail(text)`; its arguments are in
 * `argv`.
 * @param unit whose last warnings are told when it fails, but for what every start of Hadoop's classes says. @default - none are told
 */
export function pythonProbe(name: string, code: string, args: readonly string[], unit?: string): Probe {
  const ask = sh`python3 -I -c ${PRELUDE + code} ${args}`;
  if (unit === undefined) return { name, script: ask.text };
  const script = sh`
    ${ask} && exit 0
    journalctl --no-pager -q -o cat -n 200 -u ${unit} | grep -E ' (WARN|ERROR) ' | grep -v NativeCodeLoader | tail -n 2
    exit 1
  `;
  return { name, script: script.text };
}

const PRELUDE = `
import json, re, socket, sys, urllib.request
argv = sys.argv[1:]

def fail(text):
    print(text)
    sys.exit(1)

def get(url):
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as answer:
            return answer.read().decode()
    except Exception as error:
        fail(f'{url} does not answer: {getattr(error, "reason", error)}')

def get_json(url):
    try:
        return json.loads(get(url))
    except ValueError:
        fail(f'{url} answers with something else than JSON')

def check_version(page, wanted):
    found = re.search(r'class="version[^"]*"[^>]*>([^<]*)<', page)
    running = found.group(1).strip() if found else 'an unknown version'
    if running != wanted:
        fail(f'it runs Spark {running}, not {wanted}')
`;
