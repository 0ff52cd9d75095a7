/** Kills -9 at random moments of what is done to a cluster: the same command goes on, once, and nothing is left behind. */
import { Findings } from './_findings';
import { KillStorm } from './_kills';
import { leftovers } from './_leftovers';
import { Random } from './_random';

const KILLS = 5;

/** On a busy machine; else it takes some minutes. */
jest.setTimeout(30 * 60_000);

const findings = new Findings();
let storm: KillStorm;

beforeAll(async () => {
  storm = await KillStorm.create({ kills: KILLS, random: new Random(), findings, workers: 2 });
});

afterAll(() => storm?.remove());

test(`${KILLS} kills between an empty cloud and an empty cloud`, async () => {
  // Where a run was faster than its kill, there is another round for it.
  while (storm.rages) {
    await storm.carryOut('up', 2);
    if (storm.rages) await storm.carryOut('scale workers=1', 2);
    await storm.carryOut('down', 1);
    await storm.carryOut('down common', 0);
  }

  expect(findings.lines).toEqual([]);
  expect(storm.killed).toBe(KILLS);
  expect(await leftovers()).toEqual([]);
});
