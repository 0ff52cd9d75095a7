import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

/** Where jobs have their folders on a node. */
export const SPARK_JOBS_DIR = '/var/lib/spark/submit';

export interface Upload {
  readonly from: string;
  readonly to: string;
}

export interface UploadPlan {
  readonly uploads: readonly Upload[];
  /** The job's file and the options, with the files where they will be on the node. */
  readonly file: string;
  readonly sparkArgs: readonly string[];
}

/** Options of spark-submit that name files; all but the last take several, with commas between them. */
const FILE_OPTIONS = ['--py-files', '--files', '--jars', '--archives', '--properties-file'];
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;

/**
 * Which files of this machine have to be sent, and what spark-submit is told instead of their names. An address
 * (`local:/…`, `https://…`) stays as it is.
 * @throws {Error} that names every file that isn't there
 */
export async function uploadPlan(file: string, sparkArgs: readonly string[], job: string): Promise<UploadPlan> {
  const uploads: Upload[] = [];
  const place = (name: string): string => {
    if (ADDRESS.test(name)) return name;
    const [from, alias] = splitAlias(name);
    const known = uploads.find((upload) => upload.from === from);
    const to = known?.to ?? `${job}/files/${uploads.length}/${basename(from)}`;
    if (!known) uploads.push({ from, to });
    return alias === undefined ? to : `${to}#${alias}`;
  };
  const placed = place(file);
  const args = placeArgs(sparkArgs, (list) => list.split(',').map(place).join(','));
  await checkFiles(uploads.map(({ from }) => from));
  return { uploads, file: placed, sparkArgs: args };
}

function placeArgs(sparkArgs: readonly string[], place: (list: string) => string): readonly string[] {
  return sparkArgs.map((word, index) => {
    const option = FILE_OPTIONS.find((name) => word.startsWith(`${name}=`));
    if (option) return `${option}=${place(word.slice(option.length + 1))}`;
    return FILE_OPTIONS.includes(sparkArgs[index - 1] ?? '') ? place(word) : word;
  });
}

/** Spark lets a file have another name beside the job: `data.csv#input.csv`. */
function splitAlias(name: string): readonly [from: string, alias?: string] {
  const at = name.lastIndexOf('#');
  return at < 0 ? [name] : [name.slice(0, at), name.slice(at + 1)];
}

async function checkFiles(files: readonly string[]): Promise<void> {
  const found = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (stats) => stats.isFile(),
        () => false,
      ),
    ),
  );
  const missing = files.filter((_, index) => !found[index]);
  if (missing.length === 0) return;
  throw new Error(
    `${missing.map((file) => `${file}: no such file on this machine`).join('\n')}\n` +
      'Next: check the name, or write local:/PATH for a file that is on the node already.',
  );
}
