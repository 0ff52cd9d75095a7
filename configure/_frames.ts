import { randomBytes } from 'node:crypto';

/** What one of several scripts answered. */
export interface Frame {
  readonly stdout: string;
  readonly exitCode: number;
  readonly stderr: string;
}

/** Several scripts as one, each in a subshell of its own; its output says which of them printed what. */
export interface FramedScript {
  readonly script: string;
  /**
   * The answers of each group, up to the first that failed.
   * @throws {Error} when the output is not whole
   */
  parse(output: string): readonly (readonly Frame[])[];
}

/**
 * A random boundary that no content can know ends each part, so the parts may print anything. It is written as text,
 * never held in a variable, which a part could print by accident.
 * @param groups in each of them, what comes after a failure is not run
 */
export function framed(groups: readonly (readonly string[])[]): FramedScript {
  const boundary = randomBytes(16).toString('hex');
  const asked = groups.map((scripts) => `${scripts.map((script) => `_ask ${quoted(script)}`).join(' && ') || ':'}\n`);
  return {
    script: `${prelude(boundary)}${asked.join('')}:\n`,
    parse: (output) => parseGroups(output, boundary, groups),
  };
}

/** The text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `eval` keeps a part's syntax error its own; its standard error comes after its standard output and exit status. */
function prelude(boundary: string): string {
  return `export LC_ALL=C
exec 3>&1
_ask() {
  _err=$(eval "$1" 2>&1 >&3 3>&- </dev/null)
  _status=$?
  printf '\\n%s=%d\\n%s\\n%s.\\n' ${boundary} $_status "$_err" ${boundary}
  return $_status
}
`;
}

function parseGroups(
  output: string,
  boundary: string,
  groups: readonly (readonly string[])[],
): readonly (readonly Frame[])[] {
  const statusMark = `\n${boundary}=`;
  const endMark = `\n${boundary}.\n`;
  let position = 0;
  const next = (): Frame => {
    const status = output.indexOf(statusMark, position);
    const lineEnd = output.indexOf('\n', status + statusMark.length);
    const end = output.indexOf(endMark, lineEnd);
    if (status < 0 || lineEnd < 0 || end < 0) throw new Error('the answer broke off');
    const stdout = output.slice(position, status);
    position = end + endMark.length;
    const exitCode = Number(output.slice(status + statusMark.length, lineEnd));
    return { stdout, exitCode, stderr: output.slice(lineEnd + 1, end) };
  };
  return groups.map((scripts) => {
    const frames: Frame[] = [];
    while (frames.length < scripts.length && frames.every(({ exitCode }) => exitCode === 0)) frames.push(next());
    return frames;
  });
}
