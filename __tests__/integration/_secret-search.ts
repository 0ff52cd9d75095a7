import type { Nodes } from './_nodes';

export interface SecretPlace {
  /** A file's path, or what of systemd says it. */
  readonly place: string;
  /** Whether users other than the owner and the group can read it. */
  readonly forAll: boolean;
}

/** Everywhere on a node that a text can be read: files of a moderate size, and what systemd tells of units and the journal. */
export async function placesOf(nodes: Nodes, node: string, secret: string): Promise<SecretPlace[]> {
  // The whole script goes over standard input, so the search itself puts the secret nowhere.
  const script = `secret = ${JSON.stringify(secret)}.encode()\n${SEARCH}`;
  return JSON.parse((await nodes.python(node, script)).stdout) as SecretPlace[];
}

const SEARCH = `
import json, os, stat, subprocess

FOLDERS = ['/etc', '/home', '/opt', '/root', '/run', '/srv', '/tmp', '/usr/local', '/var']
# Packages and what they are made from.
FOREIGN = ['/opt/spark/jars', '/opt/spark/python', '/var/cache/apt', '/var/lib/apt', '/var/lib/dpkg']
LARGEST = 4 << 20
foreign = [os.path.realpath(folder) for folder in FOREIGN]
found = []

def look(path):
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        return
    with open(path, 'rb') as content:
        if secret in content.read():
            found.append({'place': path, 'forAll': bool(status.st_mode & 0o007)})

for folder in FOLDERS:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(parent, name) not in foreign]
        for name in names:
            try:
                look(os.path.join(parent, name))
            except OSError:
                pass

for command in (['systemctl', 'show', '--all', '*'], ['systemctl', 'show-environment'], ['journalctl', '--no-pager', '-o', 'export']):
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    if secret in said:
        found.append({'place': ' '.join(command), 'forAll': True})
print(json.dumps(found))
`;
