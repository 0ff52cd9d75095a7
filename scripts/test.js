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
 *   npm run test:full                    everything, with what takes longer; writes docs/test-full.md
 */
const path = require('node:path');
const { onReadyCheckout, root } = require('./bootstrap');

onReadyCheckout(() => {
  const { checks, unitTests, integrationTests } = require('./_test-steps');
  const [what = 'all', ...paths] = process.argv.slice(2);
  const steps = {
    all: () => [...checks(), unitTests([]), integrationTests([])],
    integration: () => [integrationTests(paths)],
    lint: checks,
    unit: () => [unitTests(paths)],
  };
  return runAll(steps[what]());
});

/** @param {import('./_test-steps').Step[]} steps */
async function runAll(steps) {
  const startedAt = Date.now();
  const failed = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let counted = false;
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
    for (const name of Object.keys(result.counts ?? {})) counts[name] += result.counts[name];
    counted ||= result.counts !== undefined;
    if (result.status !== 0) failed.push(step.title);
    say(
      `=== ${step.title}: ${result.status === 0 ? 'ok' : `failed (exit status ${result.status})`}, ${seconds(since)}`,
    );
  }
  if (process.env.CI && counts.skipped > 0) failed.push(`${counts.skipped} skipped, though CI is set`);
  say(
    `\n${failed.length === 0 ? 'All is well' : `Failed: ${failed.join('; ')}`}, ${seconds(startedAt)} (in ${path.basename(root)})`,
  );
  if (counted) {
    const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
    say(line);
    if (process.env.FIRESTEEL_TEST_FULL && steps.length > 1)
      require('./_full-report').writeFullReport(line, seconds(startedAt));
  }
  return failed.length === 0 ? 0 : 1;
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

/** Everything goes the same way, so that lines stay in order in a log. */
function say(line) {
  console.log(line);
}
