import { isIPv4 } from 'node:net';
import { sha256 } from './_digest';
import { parentOf } from './_path';
import { atomicWrite } from './_write';
import type { Change, Operation } from './operation';
import { lines, type Shell, sh } from './shell';

export interface ResolversOptions {
  /** IPv4 addresses of those that are asked before the ones that the cloud names; none = the cloud's alone. */
  readonly servers: readonly string[];
}

export interface ResolversFact {
  /** /etc/resolv.conf is a link, as systemd-resolved makes it. */
  readonly link: boolean;
  /** Digests of what is ours: of the two files, and of the block at the head of /etc/resolv.conf. */
  readonly hook?: string;
  readonly dropIn?: string;
  readonly block?: string;
}

const RESOLV_CONF = '/etc/resolv.conf';
/** dhclient-script reads it after it has written /etc/resolv.conf anew. */
const HOOK = '/etc/dhcp/dhclient-exit-hooks.d/firesteel-resolvers';
const DROP_IN = '/etc/systemd/resolved.conf.d/10-firesteel.conf';
const BEGIN = '# firesteel begin';
const END = '# firesteel end';
/** The C library reads three, and one of them has to be the cloud's. */
const AT_MOST = 2;
const OWNERSHIP = { mode: 0o644, owner: 'root', group: 'root' };

/**
 * Whom the machine asks for names: some servers, and while they don't answer those of the cloud, also after a reboot and
 * when DHCP has said something new. Works where dhclient writes /etc/resolv.conf, where nothing does, and with
 * systemd-resolved, which asks both and takes the first good answer.
 * @throws {Error} for what is no IPv4 address
 */
export function resolvers({ servers }: ResolversOptions): Operation<ResolversFact> {
  const wrong = servers.find((server) => !isIPv4(server));
  if (wrong !== undefined) throw new Error(`not an IPv4 address: ${JSON.stringify(wrong)}`);
  const texts = servers.length > 0 ? textsOf(servers) : undefined;
  return {
    kind: 'resolvers',
    name: RESOLV_CONF,
    fact: { script: FACT, parse: parseFact, bare: { link: false } },
    changes(fact) {
      const { hook, dropIn, block } = texts ?? {};
      const isRight =
        fact.hook === digestOf(hook) &&
        fact.dropIn === digestOf(dropIn) &&
        fact.block === (fact.link ? undefined : digestOf(block));
      if (isRight) return [];
      return [texts ? putFirst(servers, texts, fact) : takeOut(fact)];
    },
  };
}

interface Texts {
  readonly hook: string;
  readonly dropIn: string;
  readonly block: string;
}

function textsOf(servers: readonly string[]): Texts {
  const nameservers = servers.slice(0, AT_MOST).map((server) => `nameserver ${server}\n`);
  // One that is down costs two seconds a question, not the five that the C library would wait.
  const block = `${BEGIN}: the cluster's resolvers; those of the cloud follow\n${nameservers.join('')}options timeout:2 attempts:3\n${END}\n`;
  return { block, hook: hookText(block), dropIn: dropInText(servers) };
}

/** Read by dhclient-script, in whose shell it must leave nothing behind; run as a program it does the same at once. */
function hookText(block: string): string {
  return `# Written by firesteel configure; changes made here do not last.
firesteel_resolvers() (
  # A link belongs to whoever made it: systemd-resolved has its own ${DROP_IN}.
  [ ! -L ${RESOLV_CONF} ] || exit 0
  umask 022
  {
    cat <<'END'
${block}END
    [ ! -e ${RESOLV_CONF} ] || sed '/^${BEGIN}/,/^${END}/d' ${RESOLV_CONF}
  } >${RESOLV_CONF}.firesteel && mv -f ${RESOLV_CONF}.firesteel ${RESOLV_CONF}
)
case \${reason:-NOW} in BOUND | RENEW | REBIND | REBOOT | NOW) firesteel_resolvers ;; esac
`;
}

/** Names of one label are not asked of DNS otherwise. */
function dropInText(servers: readonly string[]): string {
  return `# Written by firesteel configure; changes made here do not last.
[Resolve]
DNS=${servers.join(' ')}
ResolveUnicastSingleLabel=yes
`;
}

function digestOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : sha256(text);
}

/** The block counts only where it stands before everything else. */
const FACT = sh`
  for file in ${[HOOK, DROP_IN]}; do
    if [ -f "$file" ]; then sum=$(sha256sum <"$file"); echo "\${sum%% *}"; else echo -; fi
  done
  file=${RESOLV_CONF}
  if [ -L "$file" ]; then echo link
  elif [ -f "$file" ] && grep -q ${`^${BEGIN}`} "$file"; then
    case $(head -n 1 -- "$file") in
      ${BEGIN}*) sum=$(sed -n ${`/^${BEGIN}/,/^${END}/p`} "$file" | sha256sum); echo "\${sum%% *}" ;;
      *) echo misplaced ;;
    esac
  else echo -
  fi
`.text;

function parseFact(stdout: string): ResolversFact {
  const [hook = '', dropIn = '', block = ''] = stdout.trim().split('\n');
  if (block === '')
    throw new Error(`expected three lines on the resolvers, got ${JSON.stringify(stdout.slice(0, 200))}`);
  return {
    link: block === 'link',
    ...(hook !== '-' && { hook }),
    ...(dropIn !== '-' && { dropIn }),
    ...(block !== '-' && block !== 'link' && { block }),
  };
}

function putFirst(servers: readonly string[], { hook, dropIn }: Texts, fact: ResolversFact): Change {
  const again = sh`{ rm -f -- ${DROP_IN}; exit 1; }`; // else the next run would think that it has been read
  const script = lines(
    sh`mkdir -p -- ${[parentOf(HOOK), parentOf(DROP_IN)]}`,
    atomicWrite(HOOK, hook, OWNERSHIP),
    sh`sh ${HOOK}`,
    atomicWrite(DROP_IN, dropIn, OWNERSHIP),
    ...(fact.dropIn === sha256(dropIn) ? [] : [restartResolved(again)]),
  );
  return { description: `ask ${servers.join(' and ')} for names, and then the cloud's resolvers`, script: script.text };
}

function takeOut({ dropIn }: ResolversFact): Change {
  const script = lines(
    sh`rm -f -- ${[HOOK, DROP_IN]}`,
    sh`if [ -f ${RESOLV_CONF} ] && [ ! -L ${RESOLV_CONF} ]; then sed -i ${`/^${BEGIN}/,/^${END}/d`} ${RESOLV_CONF}; fi`,
    ...(dropIn === undefined ? [] : [restartResolved(sh`exit 1`)]),
  );
  return { description: "ask the cloud's resolvers alone for names", script: script.text };
}

function restartResolved(otherwise: Shell): Shell {
  return sh`
    if systemctl is-active --quiet systemd-resolved.service 2>/dev/null; then
      systemctl restart systemd-resolved.service || ${otherwise}
    fi
  `;
}
