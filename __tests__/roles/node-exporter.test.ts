import { createServer, type Server } from 'node:http';
import { nodeExporter } from '../../roles/node-exporter';
import { context, nodeInfo } from './_context';
import { ask, operationsOf, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const ADDRESS = '127.0.0.32';
const at = context('web-0', [nodeInfo('web-0', { roles: ['node', 'node-exporter'], address: ADDRESS })]);

test('listens on the address of its node alone, for Prometheus alone', () => {
  const unit = written(nodeExporter, at, 'prometheus-node-exporter.service');
  expect(unit).toContain(`--web.listen-address=${ADDRESS}:9100 `);
  expect(unit).toContain('\nUser=node-exporter\n');
  expect(nodeExporter.exposes).toEqual([{ name: 'metrics', port: 9100, from: ['prometheus'] }]);
});

test("stands in the place of the package's own unit", () => {
  expect(operationsOf(nodeExporter, at).filter(({ kind }) => kind === 'unit')).toHaveLength(1);
});

/** The probe really runs, against something that answers as the exporter does. */
describe('the probe', () => {
  let server: Server | undefined;
  afterEach(() => new Promise((closed) => (server ? server.close(closed) : closed(undefined))));

  async function answers(metrics: string): Promise<string> {
    server = createServer((_request, answer) => answer.end(metrics));
    await new Promise<void>((done) => void server!.listen(9100, ADDRESS, done));
    return ask(nodeExporter.health!(at).find(({ name }) => name === 'tells of this machine')!);
  }

  const metrics = (nodename: string) =>
    `node_memory_MemTotal_bytes 1.07e+09\nnode_uname_info{machine="x86_64",nodename="${nodename}",sysname="Linux"} 1\n`;

  test('is content with figures of this machine', async () => {
    expect(await answers(metrics('dev-web-0'))).toBe('');
  });

  test('tells of another machine, and of none', async () => {
    expect(await answers(metrics('dev-web-1'))).toContain('it tells of dev-web-1, not of dev-web-0');
  });

  test('tells of no figures', async () => {
    expect(await answers('')).toBe('it does not tell which machine it is on\nwhat the journal says');
  });
});
