#!/usr/bin/env node
/**
 * `npm test`: a ready checkout, then everything that is checked: form, doors, types, generated documents, unit tests,
 * integration tests on the sandbox cloud. All checks run even if one fails; the integration tests only if none did. Where CI
 * is set, a skipped test is a failure.
 *
 *   npm test                             everything
 *   npm run test:unit [-- PATH…]         the unit tests, or some
 *   npm run test:integration [-- PATH…]  the integration tests, or some
 *   npm run lint                         form, doors, types and generated documents
 *   npm run test:full [-- PATH…]         everything, with what takes longer, or some integration tests of that; writes
 *                                        docs/test-full.md
 */
const path = require('node:path');
const { onReadyCheckout, root } = require('./bootstrap');
const { sumOf } = require('./_tally');

onReadyCheckout(() => {
  const { checks, unitTests, integrationTests } = require('./_test-steps');
  const [what = 'all', ...paths] = process.argv.slice(2);
  const steps = {
    all: () => (paths.length > 0 ? [integrationTests(paths)] : [...checks(), unitTests([]), integrationTests([])]),
    integration: () => [integrationTests(paths)],
    lint: checks,
    unit: () => [unitTests(paths)],
  };
  if (!Object.hasOwn(steps, what))
    throw new Error(`There is no "${what}": say one of ${Object.keys(steps).join(', ')}`);
  return runAll(steps[what]());
});

/** @param {import('./_test-steps').Step[]} steps */
async function runAll(steps) {
  const startedAt = Date.now();
  const failed = [];
  /** @type {import('./_test-steps').Tally[]} */
  const tallies = [];
  for (const step of steps) {
    if (step.onlyIfAllWell && failed.length > 0) {
      failed.push(`${step.title} (not run, because something before failed)`);
      continue;
    }
    const since = Date.now();
    say(`\n=== ${step.title}`);
    const result = await step.run().catch(({ message }) => {
      say(message);
      return { status: 1 };
    });
    tallies.push(...(result.tallies ?? []));
    if (result.status !== 0) failed.push(step.title);
    say(
      `=== ${step.title}: ${result.status === 0 ? 'ok' : `failed (exit status ${result.status})`}, ${seconds(since)}`,
    );
  }
  const counts = sumOf(tallies);
  if (process.env.CI && counts.skipped > 0) failed.push(`${counts.skipped} skipped, though CI is set`);
  say(
    `\n${failed.length === 0 ? 'All is well' : `Failed: ${failed.join('; ')}`}, ${seconds(startedAt)} (in ${path.basename(root)})`,
  );
  if (tallies.length > 0) say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (process.env.FIRESTEEL_TEST_FULL) require('./_full-report').writeFullReport(tallies);
  return failed.length === 0 ? 0 : 1;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** Everything goes the same way, so that lines stay in order in a log. */
function say(line) {
  console.log(line);
}
