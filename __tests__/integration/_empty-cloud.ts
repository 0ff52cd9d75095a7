import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MINUTES = 60_000;

/** A cloud's steps are slow, and slower on a busy machine; a test that hangs still ends. */
jest.setTimeout(15 * MINUTES);

/** Every test file begins on a cloud with nothing in it, whatever the one before left. */
beforeAll(async () => {
  const firesteel = join(__dirname, '..', '..', 'bin', 'firesteel.js');
  await promisify(execFile)(process.execPath, [firesteel, 'sandbox', 'reset']);
}, 5 * MINUTES);
