/** Neutron is a list here, because a real one can't be made to fail on demand; a real one is asked by integration/egress.full.test.ts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkService, SecurityGroupRule } from '../../cloud/network';
import { MirrorsDoor } from '../../configure/mirrors-door';

class Rules {
  rules: SecurityGroupRule[] = [];
  group = true;
  readonly faults: Error[] = [];
  logins = 0;
  logouts = 0;

  readonly network = {
    securityGroups: async (query: { name: string }) => {
      this.#fault();
      expect(query).toEqual({ name: 'dev-mirrors' });
      return this.group
        ? [{ id: 'g', name: 'dev-mirrors', description: '', rules: [...this.rules], created: undefined }]
        : [];
    },
    allowOut: async (securityGroupId: string, port: number, description: string) => {
      this.#fault();
      this.add(port, { securityGroupId, description });
    },
    delete: async ({ id }: { id: string }) => {
      this.#fault();
      this.rules = this.rules.filter((rule) => rule.id !== id);
    },
  } as unknown as NetworkService;

  add(port: number, more: Partial<SecurityGroupRule> = {}): void {
    const rule = {
      id: `r${port}`,
      securityGroupId: 'g',
      direction: 'egress',
      ethertype: 'IPv4',
      protocol: 'tcp',
    } as const;
    const rest = {
      portMin: port,
      portMax: port,
      remoteCidr: '0.0.0.0/0',
      remoteGroupId: undefined,
      created: undefined,
    };
    this.rules.push({ ...rule, ...rest, description: '', ...more });
  }

  get ports(): number[] {
    return this.rules.map(({ portMin }) => portMin!).sort();
  }

  #fault(): void {
    const fault = this.faults.shift();
    if (fault) throw fault;
  }
}

const DESCRIPTION = 'Package mirrors, while firesteel configure installs';
let cloud: Rules;
let told: string[];
let door: MirrorsDoor;

beforeEach(() => {
  cloud = new Rules();
  told = [];
  door = new MirrorsDoor({
    environment: 'dev',
    clouds: async () => {
      cloud.logins++;
      return [{ network: cloud.network, close: async () => void cloud.logouts++ }];
    },
    onProgress: ({ state, text }) => told.push(`${state}: ${text}`),
  });
});

test('is open while something is installed, and shut when all has ended', async () => {
  const seen = await door.during(async () => {
    const before = cloud.ports;
    const during = await Promise.all([1, 2, 3].map(() => door.whileOpen(async () => cloud.ports)));
    return { before, during };
  });
  expect(seen).toEqual({
    before: [],
    during: [
      [443, 80],
      [443, 80],
      [443, 80],
    ],
  });
  expect(cloud.ports).toEqual([]);
  expect([cloud.logins, cloud.logouts]).toEqual([1, 1]);
  expect(told).toEqual(['start: open while packages are installed', 'done: closed']);
});

test('is not opened where nothing is installed', async () => {
  expect(await door.during(async () => 'nothing to do')).toBe('nothing to do');
  expect(told).toEqual([]);
});

test('is shut where the work fails, and its failure is told', async () => {
  const work = () => door.whileOpen(() => Promise.reject(new Error('no such package')));
  await expect(door.during(work)).rejects.toThrow('no such package');
  expect(cloud.ports).toEqual([]);
});

test('is shut by the next run where one was killed, and only what is its own is taken away', async () => {
  for (const port of [80, 443]) cloud.add(port, { description: DESCRIPTION });
  cloud.add(8080, { description: DESCRIPTION });
  await door.during(async () => undefined);
  expect(cloud.ports).toEqual([8080]);
  expect(told).toEqual(['warn: the package mirrors were open, left so by a run that was cut off: they are closed']);
});

test('leaves what somebody opened by hand as it is', async () => {
  cloud.add(80);
  expect(await door.during(() => door.whileOpen(async () => cloud.ports))).toEqual([443, 80]);
  expect(cloud.ports).toEqual([80]);
});

test('is opened again where another run that ends shuts it meanwhile', async () => {
  const ports = await door.during(() =>
    door.whileOpen(async () => {
      cloud.rules = [];
      await sleep(6000);
      return cloud.ports;
    }),
  );
  expect(ports).toEqual([443, 80]);
  expect(cloud.ports).toEqual([]);
}, 15_000);

test('fails where it can not be shut, saying so and what to do', async () => {
  const work = () =>
    door.whileOpen(async () => {
      cloud.faults.push(new Error('the network service fails'));
    });
  await expect(door.during(work)).rejects.toThrow(
    'the package mirrors could not be closed again, so the nodes of dev still reach them: the network service fails. Next: "firesteel configure dev" closes them',
  );
});

test('tells a second failure beside the first', async () => {
  const work = () =>
    door.whileOpen(async () => {
      cloud.faults.push(new Error('the network service fails'));
      throw new Error('no such package');
    });
  await expect(door.during(work)).rejects.toThrow('no such package');
  expect(told.at(-1)).toMatch(/^warn: the package mirrors could not be closed again/);
});

test('takes back the half that it could open', async () => {
  let opening: Promise<void> | undefined;
  await door
    .during(async () => {
      await sleep(50); // until it has looked what was left open
      cloud.add(80, { description: DESCRIPTION });
      cloud.faults.push(new Error('quota'));
      opening = door.whileOpen(async () => undefined);
      await opening;
    })
    .catch(() => undefined);
  await expect(opening).rejects.toThrow('quota');
  expect(cloud.ports).toEqual([]);
});

test('refuses to open for a cluster that has no group for it', async () => {
  cloud.group = false;
  await expect(door.during(() => door.whileOpen(async () => undefined))).rejects.toThrow(
    'dev has no security group "dev-mirrors" in the cloud',
  );
});

test('a cloud that can not be asked keeps nobody from work that needs no packages', async () => {
  cloud.faults.push(new Error('no cloud is named'));
  expect(await door.during(async () => 'done')).toBe('done');
  expect(told).toEqual(["warn: whether package mirrors stand open can't be found out: no cloud is named"]);
});
