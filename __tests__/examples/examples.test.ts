import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readable } from '../stacks/_snapshot';

// As in a project that has installed the package.
jest.mock('firesteel', () => jest.requireActual('../../index'), { virtual: true });

const EXAMPLES = join(__dirname, '../../examples');
const outdir = mkdtempSync(join(tmpdir(), 'firesteel-examples-'));

afterAll(() => rmSync(outdir, { recursive: true }));

describe.each(readdirSync(EXAMPLES).filter((file) => file.endsWith('.ts')))('examples/%s', (file) => {
  process.env.CDKTF_OUTDIR = join(outdir, file);
  jest.isolateModules(() => require(join(EXAMPLES, file)));
  const stacks = readdirSync(join(outdir, file, 'stacks'));

  test.each(stacks)('stack %s', (stack) => {
    const json = readFileSync(join(outdir, file, 'stacks', stack, 'cdk.tf.json'), 'utf8');
    expect(readable(json)).toMatchSnapshot();
  });
});
