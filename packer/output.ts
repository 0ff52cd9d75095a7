/** A line of `packer build -machine-readable`. */
export interface PackerLine {
  /** Name of the build; empty for what is about none. */
  readonly target: string;
  /** e.g. `ui`, `artifact`, `error` */
  readonly type: string;
  readonly data: readonly string[];
}

/** undefined for a line that is none. */
export function tryPackerLine(line: string): PackerLine | undefined {
  const [time, target, type, ...data] = line.split(',');
  if (time === undefined || !/^\d+$/.test(time) || target === undefined || !type) return undefined;
  return { target, type, data: data.map(unescaped) };
}

function unescaped(text: string): string {
  return text.replaceAll('%!(PACKER_COMMA)', ',').replaceAll('\\n', '\n').replaceAll('\\r', '');
}

/** What is said to people, without colours and the build's name; undefined for other lines. */
export function tryMessage({ type, data: [kind, text] }: PackerLine): string | undefined {
  if (type !== 'ui' || text === undefined || !['say', 'message', 'error'].includes(kind ?? '')) return undefined;
  return plain(text) || undefined;
}

/** The id of the image that was made; undefined where none was. */
export function imageIdOf(lines: readonly PackerLine[]): string | undefined {
  const found = lines.find(({ type, data }) => type === 'artifact' && data[1] === 'id');
  return found?.data[2]?.split(':').at(-1);
}

/** Why a build failed, in Packer's words, each once; empty where it did not say. */
export function failuresOf(lines: readonly PackerLine[]): readonly string[] {
  const errors = lines.flatMap(({ type, data }) => {
    if (type === 'error') return [data[0] ?? ''];
    return type === 'ui' && data[0] === 'error' ? [data[1] ?? ''] : [];
  });
  return [...new Set(errors.flatMap((text) => plain(text).split('\n')).filter((line) => line.trim() !== ''))];
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

function plain(text: string): string {
  return text
    .replace(COLOURS, '')
    .replace(/^(==>\s*|\s+)?(openstack:\s?)?/gm, '')
    .trim();
}
