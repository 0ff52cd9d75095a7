import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { sparkWorker } from '../../roles';
import { context, nodeInfo } from './_context';

jest.setTimeout(60_000); // real programs, and the machine may be busy

/** The scripts really run, against pages that answer as Spark 4.2.1 does; a real master is there in the integration tests. */

const WORKER = '127.0.0.31';
const MASTERS = ['127.0.0.32', '127.0.0.33'];
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Answer {
  readonly code?: number;
  readonly body?: string;
}

async function serve(address: string, port: number, answer: (method: string, url: string) => Answer): Promise<void> {
  const server = createServer((request, response) => {
    const { code = 200, body = '' } = answer(request.method!, request.url!);
    response.statusCode = code;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  closing.push(() => server.close());
}

/** A master that knows the worker in these states, and what it was told. */
async function master(
  address: string,
  status: string,
  states: readonly string[],
  killed: Answer = {},
): Promise<string[]> {
  const told: string[] = [];
  await serve(address, 8080, (method, url) => {
    if (url === '/json/') {
      const now = told.length > 0 && !killed.code ? states.map(() => 'DECOMMISSIONED') : states;
      const workers = [{ host: '10.9.9.9', state: 'ALIVE' }, ...now.map((state) => ({ host: WORKER, state }))];
      return { body: JSON.stringify({ status, workers: status === 'STANDBY' ? [] : workers }) };
    }
    told.push(`${method} ${url}`);
    return killed;
  });
  return told;
}

function drainFrom(masters: readonly string[]) {
  const nodes = [
    ...masters.map((address, index) => nodeInfo(`master-${index}`, { address })),
    nodeInfo('worker-0', { address: WORKER }),
  ];
  return sparkWorker.drain!(context('worker-0', nodes));
}

function run(script: string, unit = 'active'): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const shell = execFile('sh', ['-s'], (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, said: stdout.trim() }),
    );
    shell.stdin!.end(`systemctl() { echo ${unit}; [ ${unit} = active ]; }\n${script}`);
  });
}

describe('begin', () => {
  test('tells the master, and is content when the worker is decommissioned there', async () => {
    const told = await master(MASTERS[0]!, 'ALIVE', ['ALIVE', 'DEAD']);
    expect(await run(drainFrom(MASTERS.slice(0, 1)).begin)).toEqual({ code: 0, said: '' });
    expect(told).toEqual([`POST /workers/kill/?host=${WORKER}`]);
  });

  test.each([['DECOMMISSIONED'], ['DEAD']])('tells nothing where it is %s already', async (state) => {
    const told = await master(MASTERS[0]!, 'ALIVE', [state]);
    expect(await run(drainFrom(MASTERS.slice(0, 1)).begin)).toEqual({ code: 0, said: '' });
    expect(told).toEqual([]);
  });

  test('nor where the master does not know it', async () => {
    const told = await master(MASTERS[0]!, 'ALIVE', []);
    expect((await run(drainFrom(MASTERS.slice(0, 1)).begin)).code).toBe(0);
    expect(told).toEqual([]);
  });

  test('is too early on a master that stands by, which knows of no worker', async () => {
    await master(MASTERS[0]!, 'STANDBY', ['ALIVE']);
    expect(await run(drainFrom(MASTERS.slice(0, 1)).begin)).toEqual({
      code: 75,
      said: `the master at ${MASTERS[0]} is STANDBY`,
    });
  });

  test('asks the master that has an address of this machine', async () => {
    const told = await master(MASTERS[1]!, 'ALIVE', ['ALIVE']);
    expect((await run(drainFrom(['192.0.2.1', MASTERS[1]!]).begin)).code).toBe(0);
    expect(told).toHaveLength(1);
    expect((await run(drainFrom(['192.0.2.1']).begin)).said).toBe('no Spark master has an address of this node');
  });

  test.each([
    [405, 'spark.decommission.enabled must be true; leave it out of spark.conf'],
    [403, 'spark.master.ui.decommission.allow.mode must be LOCAL; leave it out of spark.conf'],
    [500, 'Internal Server Error'],
  ])('fails with what to do where it is refused with %i', async (code, what) => {
    await master(MASTERS[0]!, 'ALIVE', ['ALIVE'], { code });
    expect(await run(drainFrom(MASTERS.slice(0, 1)).begin)).toEqual({
      code: 1,
      said: `the master refuses to decommission ${WORKER} with HTTP ${code}: ${what}`,
    });
  });

  test('fails where no master answers', async () => {
    expect((await run(drainFrom(MASTERS.slice(0, 1)).begin)).said).toContain(
      `http://${MASTERS[0]}:8080/json/ does not answer`,
    );
  });
});

describe('load', () => {
  const page = (executors: number, drivers: string) =>
    serve(WORKER, 8081, (_method, url) => ({
      body:
        url === '/json/' ? JSON.stringify({ executors: Array(executors).fill({}), finishedexecutors: [{}] }) : drivers,
    }));
  const load = (unit?: string) => run(drainFrom(MASTERS).load, unit);

  test('is the executors that run', async () => {
    await page(2, '<a>Running Executors (2)</a>');
    expect(await load()).toEqual({ code: 0, said: '2' });
  });

  test('and the drivers that were submitted in cluster mode', async () => {
    await page(1, '<a>Running Drivers (3)</a><a>Finished Drivers (9)</a>');
    expect(await load()).toEqual({ code: 0, said: '4' });
  });

  test.each([['inactive'], ['failed']])('is none where the unit is %s', async (unit) => {
    expect(await load(unit)).toEqual({ code: 0, said: '0' });
  });

  test('fails where the worker runs and does not answer', async () => {
    expect(await load()).toEqual({
      code: 1,
      said: expect.stringContaining(`http://${WORKER}:8081/json/ does not answer`),
    });
  });
});

describe('starting', () => {
  const executors = (count: number) =>
    serve(WORKER, 8081, () => ({ body: JSON.stringify({ executors: Array(count).fill({}) }) }));
  const starting = async () => (await run(drainFrom(MASTERS).starting!)).said;

  test('is the executors that no driver has taken in yet', async () => {
    await executors(2);
    expect(await starting()).toBe('2');
    await serve(WORKER, 7111, () => ({}));
    expect(await starting()).toBe('1');
    await serve(WORKER, 7126, () => ({}));
    expect(await starting()).toBe('0');
  });

  test('is none where there are none, whatever else listens', async () => {
    await executors(0);
    await serve(WORKER, 7110, () => ({}));
    expect(await starting()).toBe('0');
  });
});
