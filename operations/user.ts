import { absolutePath } from './_path';
import type { Change, Operation } from './operation';
import { sh } from './shell';

export interface UserOptions {
  readonly name: string;
  /** Home directory, as an entry only: make it with `directory`. */
  readonly home: string;
  /** @default '/usr/sbin/nologin' */
  readonly shell?: string;
  /** A number below 1000, no password ageing. @default true */
  readonly system?: boolean;
}

export interface UserFact {
  /** Absent: there is no such user. */
  readonly home?: string;
  readonly shell?: string;
}

/**
 * A user with a group of the same name, and no password.
 * @throws {Error} for a name that no Linux user can have
 */
export function user(options: UserOptions): Operation<UserFact> {
  const { name, shell = '/usr/sbin/nologin', system = true } = options;
  const home = absolutePath(options.home);
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(name)) {
    throw new Error(`not a user name: ${JSON.stringify(name)}; use up to 32 of a-z, 0-9, "_" and "-", a letter first`);
  }
  return {
    kind: 'user',
    name,
    fact: { script: sh`getent passwd ${name} || :`.text, parse: parsePasswd, bare: {} },
    changes(fact) {
      if (fact.home === undefined) return [add(name, home, shell, system)];
      if (fact.home === home && fact.shell === shell) return [];
      const script = sh`usermod --home ${home} --shell ${shell} -- ${name}`.text;
      return [{ description: `set user ${name} to home ${home}, shell ${shell}`, script }];
    },
  };
}

function parsePasswd(stdout: string): UserFact {
  const line = stdout.trim();
  if (line === '') return {};
  const fields = line.split(':');
  if (fields.length !== 7) throw new Error(`expected a line of passwd, got ${JSON.stringify(line)}`);
  return { home: fields[5]!, shell: fields[6]! };
}

function add(name: string, home: string, shell: string, system: boolean): Change {
  const kind = system ? ['--system'] : [];
  const script = sh`useradd ${kind} --user-group --no-create-home --home-dir ${home} --shell ${shell} -- ${name}`;
  return { description: `add user ${name}`, script: script.text };
}
