import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..');

jest.setTimeout(120_000);

test('the package loads neither SSH nor the command line, and no barrel of all resources', () => {
  const script = `require(${JSON.stringify(join(ROOT, 'index.ts'))}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const run = spawnSync(process.execPath, ['--import', require.resolve('tsx'), '-e', script], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  const loaded = (JSON.parse(run.stdout) as string[]).map((file) => file.replace(ROOT, ''));
  expect(loaded.filter((file) => file.includes('/stacks/')).length).toBeGreaterThan(0);
  const unwanted =
    /\/node_modules\/(ssh2|node-ssh|commander)\/|^\/(cli|configure|lifecycle|sandbox|cloud|secrets|inventory)\//;
  expect(loaded.filter((file) => unwanted.test(file))).toEqual([]);
  expect(loaded.filter((file) => /provider-openstack\/lib\/index|providers\/openstack\/lib\/index/.test(file))).toEqual(
    [],
  );
});

describe('what README shows', () => {
  /** Its TypeScript, each block as a file beside README would be. */
  const blocks = new Map(
    [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], index) => [
      join(ROOT, `readme-${index + 1}.ts`),
      code!,
    ]),
  );
  const paths = { firesteel: [join(ROOT, 'index.ts')], 'firesteel/configure': [join(ROOT, 'configure/index.ts')] };

  test('is a main.ts for environments, one for clusters in TypeScript, and how these are configured', () => {
    const imports = [...blocks.values()].map((code) => code.match(/'firesteel[^']*'/g));
    expect(imports).toEqual([["'firesteel'"], ["'firesteel'"], ["'firesteel'", "'firesteel/configure'"]]);
  });

  test('compiles, and would not with a name or an option that there is none of', () => {
    const last = [...blocks.values()].at(-1)!;
    const wrong = last.replaceAll('findIdentity', 'findIdentities').replace('inventory:', 'inventories:');
    const found = mistakes(new Map([...blocks, [join(ROOT, 'wrong.ts'), wrong]]));
    expect(found).toEqual([
      expect.stringMatching(/^wrong\.ts: .*no exported member named 'findIdentities'/),
      expect.stringMatching(/^wrong\.ts: .*'inventories' does not exist/),
    ]);
  });

  /** What the compiler says of files that are only here, as in a project that has installed the package. */
  function mistakes(files: ReadonlyMap<string, string>): string[] {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths }, ROOT);
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile } = host;
    host.fileExists = (file) => files.has(file) || fileExists(file);
    host.readFile = (file) => files.get(file) ?? readFile(file);
    const program = ts.createProgram([...files.keys()], options, host);
    const found = [...files.keys()].flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)));
    return found.map(
      ({ file, messageText }) =>
        `${file && relative(ROOT, file.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  }
});
