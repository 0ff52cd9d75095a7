import { mirrorHosts } from '../../configure/mirror-hosts';
import type { Transport } from '../../configure/transport';
import { LocalTransport } from './_local-transport';

/** A node whose settings are this text; that the script which reads them runs is seen below, and on the sandbox. */
function nodeWith(text: string): Transport {
  return { node: 'worker-0', read: async () => text, apply: () => Promise.reject(new Error('it only reads')) };
}

const hosts = async (text: string, changes: Parameters<typeof mirrorHosts>[1] = []) =>
  [...(await mirrorHosts(nodeWith(text), changes))].sort();

const PYPI = ['files.pythonhosted.org', 'pypi.org'];

test('are those of the sources of packages and of pip, in whatever form they are written', async () => {
  const text = `deb [signed-by=/x] http://deb.debian.org/debian bookworm main
URIs: https://Mirror.Example:443/debian http://10.1.2.3/ubuntu
deb http://user:secret@private.example/apt ./
deb mirror+https://list.example/mirrors.txt bookworm main
index-url = https://[2001:db8::1]/simple
baseurl=https://rpm.example/$releasever
deb cdrom:[Debian]/ bookworm main
`;
  expect(await hosts(text)).toEqual(
    [
      ...['10.1.2.3', '[2001:db8::1]', 'deb.debian.org', 'list.example', 'mirror.example', 'private.example'],
      ...['rpm.example', ...PYPI],
    ].sort(),
  );
});

test('are those that a requirement names, and not those that other changes name', async () => {
  const changes = [
    { script: "pip install 'tool @ https://git.example/tool.whl'", mirrors: true },
    { script: 'echo http://elsewhere.example' },
  ];
  expect(await hosts('', changes)).toEqual([...PYPI, 'git.example'].sort());
});

test('are read from a real machine', async () => {
  const machine = new LocalTransport();
  machine.env.PIP_INDEX_URL = 'https://index.example/simple';
  expect([...(await mirrorHosts(machine, []))]).toEqual(expect.arrayContaining([...PYPI, 'index.example']));
  machine.dispose();
});
