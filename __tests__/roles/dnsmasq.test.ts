import { createSocket, type Socket } from 'node:dgram';
import { DNSMASQ_SETTINGS } from '../../roles/dnsmasq/_conf';
import { dnsmasq } from '../../roles/dnsmasq/dnsmasq';
import { node } from '../../roles/node';
import type { NodeInfo } from '../../roles/role';
import { context, nodeInfo } from './_context';
import { ask, fileText, operationsOf, unitChanges, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const ADDRESS = '127.0.0.33';
const NODES = [
  nodeInfo('names-0', { roles: ['node', 'dnsmasq'], address: ADDRESS }),
  nodeInfo('worker-1', { address: '10.0.0.21' }),
];
const at = (settings: object = {}, nodes = NODES) => context('names-0', nodes, { roles: { dnsmasq: settings } });
const CONF = '/etc/dnsmasq-cluster/dnsmasq.conf';
const HOSTS = '/etc/dnsmasq-cluster/hosts';

test('answers at the address of its node alone, to the nodes of the cluster', () => {
  const lines = fileText(dnsmasq, at(), CONF).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([`listen-address=${ADDRESS}`, 'bind-interfaces', 'domain-needed', 'no-hosts']),
  );
  expect(dnsmasq.exposes.map(({ port, protocol = 'tcp', from }) => [port, protocol, from])).toEqual([
    [53, 'udp', ['node']],
    [53, 'tcp', ['node']],
  ]);
});

test('knows all nodes by both of their names, and reads new ones without a restart', () => {
  expect(fileText(dnsmasq, at(), HOSTS)).toContain(`${ADDRESS} dev-names-0 names-0\n10.0.0.21 dev-worker-1 worker-1\n`);
  const fewer = at({}, NODES.slice(0, 1));
  expect(unitChanges(dnsmasq, 'dnsmasq.service', fewer, at())).toEqual(['reload dnsmasq.service']);
});

test('asks whom the cloud names for all else, or whom the plan names', () => {
  expect(fileText(dnsmasq, at(), CONF)).not.toMatch(/^(no-resolv|server=)/m);
  expect(fileText(dnsmasq, at({ upstream: ['192.0.2.1', '192.0.2.2'] }), CONF)).toContain(
    'no-resolv\nserver=192.0.2.1\nserver=192.0.2.2\n',
  );
  expect(DNSMASQ_SETTINGS.safeParse({ upstream: ['dns.example'] }).error?.issues[0]?.message).toBe(
    '"dns.example" is no IPv4 address',
  );
});

describe('the other nodes', () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      nodeInfo(`names-${n}`, { roles: ['node', 'dnsmasq'], address: `10.0.0.${50 + n}` }),
    );
  const workers = ['worker-0', 'worker-1'].map((name) => nodeInfo(name));
  const asked = (name: string, nodes: readonly NodeInfo[]) => {
    const operation = node.configure!(context(name, nodes)).find(({ kind }) => kind === 'resolvers')!;
    return operation.changes({ link: false }).map(({ description }) => description);
  };

  test('ask it first, each another one of several, and the cloud when it is down', () => {
    const nodes = [...names(2), ...workers];
    expect(asked('worker-0', nodes)).toEqual(["ask 10.0.0.51 and 10.0.0.50 for names, and then the cloud's resolvers"]);
    expect(asked('worker-1', nodes)).toEqual(["ask 10.0.0.50 and 10.0.0.51 for names, and then the cloud's resolvers"]);
  });

  test('are all told when one comes or goes, and of no other node', () => {
    expect(node.namesOthers).toEqual(['dnsmasq']);
  });

  test('it asks none of its kind, which would pass the question on to it', () => {
    expect(asked('names-0', [...names(2), ...workers])).toEqual([]);
  });

  test('ask the cloud alone where there is none', () => {
    expect(asked('worker-0', workers)).toEqual([]);
  });
});

test('brings no service along that is open to all', () => {
  const install = operationsOf(dnsmasq, at()).find(({ kind }) => kind === 'packages')!;
  expect(install.name).toBe('dnsmasq-base');
  expect(written(dnsmasq, at(), 'dnsmasq.service')).toContain('\nUser=dnsmasq-cluster\n');
});

/** The probe really runs, against something that answers as a DNS server does. */
describe('the probe', () => {
  let server: Socket | undefined;
  afterEach(() => new Promise<void>((closed) => (server ? server.close(closed) : closed())));

  async function answers(reply: (question: Buffer) => Buffer): Promise<string> {
    server = createSocket('udp4', (question, { port, address }) => void server!.send(reply(question), port, address));
    // Ports below 1024 may be somebody else's on the machine that tests run on.
    await new Promise<void>((done) => void server!.bind(0, ADDRESS, done));
    const { port } = server.address();
    const probe = dnsmasq.health!(at()).find(({ name }) => name === 'answers')!;
    return ask(probe, (script) => script.replace(`'${ADDRESS}' '53'`, `'${ADDRESS}' '${port}'`));
  }

  const found = (address: string) => (question: Buffer) => {
    const header = Buffer.concat([question.subarray(0, 2), Buffer.from('81800001000100000000', 'hex')]);
    const record = Buffer.from('c00c000100010000000a0004', 'hex');
    return Buffer.concat([header, question.subarray(12), record, Buffer.from(address.split('.').map(Number))]);
  };
  const unknown = (question: Buffer) =>
    Buffer.concat([question.subarray(0, 2), Buffer.from('81830001000000000000', 'hex'), question.subarray(12)]);

  test('is content with the right address', async () => {
    expect(await answers(found('10.0.0.21'))).toBe('');
  });

  test('tells of a wrong one', async () => {
    expect(await answers(found('10.0.0.99'))).toContain('it says that dev-worker-1 is 10.0.0.99, not 10.0.0.21');
  });

  test('tells of a name that is not known', async () => {
    expect(await answers(unknown)).toContain('it knows no dev-worker-1');
  });
});
