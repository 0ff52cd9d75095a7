/** Lines `key=value`, as a fact's script prints them; empty ones are left out. The last of a key counts. */
export function assignmentsIn(stdout: string): Readonly<Record<string, string | undefined>> {
  const lines = stdout.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => line.split('=', 2))) as Record<string, string | undefined>;
}
