/** Many cycles and many kills, counted; a whole run writes docs/reliability.md. */
import { Cycles } from './_cycles';
import { Findings } from './_findings';
import { KillStorm, VERBS } from './_kills';
import { leftovers } from './_leftovers';
import { Random } from './_random';
import { writeReliabilityReport } from './_reliability-report';

const MINUTES = 60_000;
const WHOLE = { cycles: 50, kills: 25 };
/** Fewer are for trying, and write nothing. */
const CYCLES = Number(process.env.FIRESTEEL_TEST_CYCLES ?? WHOLE.cycles);
const KILLS = Number(process.env.FIRESTEEL_TEST_KILLS ?? WHOLE.kills);
const CYCLES_PER_JOB = 10;

const random = new Random();
const cycles = new Cycles(new Findings());
const killFindings = new Findings();
let storm: KillStorm | undefined;

afterAll(() => {
  cycles.remove();
  storm?.remove();
  const { kills = new Map<string, number>(), reruns = 0, killed = 0 } = storm ?? {};
  const isWhole = cycles.tried === WHOLE.cycles && killed === WHOLE.kills;
  const report = { seed: random.seed, cycles, kills: { byVerb: kills, reruns, findings: killFindings } };
  if (isWhole) writeReliabilityReport(report);
});

test(
  `${CYCLES} cycles of up and down`,
  async () => {
    for (let number = 1; number <= CYCLES; number++) await cycles.run(number % CYCLES_PER_JOB === 0);

    expect(cycles.findings.lines).toEqual([]);
    expect(cycles.ok).toBe(CYCLES);
  },
  CYCLES * 10 * MINUTES,
);

test(
  `${KILLS} kills at random moments of every verb`,
  async () => {
    storm = await KillStorm.create({ kills: KILLS, random, findings: killFindings });
    while (storm.rages) await aLife(storm);

    expect(killFindings.lines).toEqual([]);
    expect(storm.killed).toBe(KILLS);
    expect(await leftovers()).toEqual([]);
  },
  KILLS * 10 * MINUTES,
);

/** Every verb once, each killed once or twice; what is not needed is left out when all kills have been. */
async function aLife(storm: KillStorm): Promise<void> {
  for (const verb of VERBS) {
    if (storm.rages || verb.startsWith('down')) await storm.carryOut(verb, random.coin() ? 2 : 1);
  }
}
