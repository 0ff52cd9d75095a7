import { sha256 } from './_digest';
import type { JointFact } from './operation';
import { Shell, sh } from './shell';

/** A path that is asked about together with others. */
export interface PathQuestion {
  readonly path: string;
  /** What a regular file is to be, and whether its text may be shown where it differs. @default - no file is expected */
  readonly wanted?: { readonly sha256: string; readonly shown: boolean };
}

/** Larger files are replaced without a diff. */
export const DIFF_LIMIT_BYTES = 65536;

/**
 * How paths are, in the words that the single scripts would have printed. However many there are, it takes three programs:
 * for the rights and sizes, for the digests of regular files, and for the text of those that differ.
 */
export const pathState: JointFact<PathQuestion> = { script, answers };

const PART = '---';

function script(questions: readonly PathQuestion[]): string {
  return sh`
    line=${'\n'}
    set -- ${questions.map(({ path }) => path)}
    for path do
      shift
      if [ -d "$path" ]; then echo directory; set -- "$@" "$path"
      elif [ -f "$path" ] && [ ! -L "$path" ]; then echo file; set -- "$@" "$path"
      elif [ -e "$path" ] || [ -L "$path" ]; then echo other
      else echo absent
      fi
    done
    [ $# -gt 0 ] || exit 0
    stats=$(stat -L -c '%a %U %G %s' -- "$@") || exit
    printf '%s\n' ${PART} "$stats"
    large=$line
    for path do
      shift
      stat=\${stats%%"$line"*} stats=\${stats#*"$line"}
      [ ! -d "$path" ] || continue
      set -- "$@" "$path"
      [ "\${stat##* }" -le ${DIFF_LIMIT_BYTES} ] || large=$large$path$line
    done
    [ $# -gt 0 ] || exit 0
    sums=$(sha256sum -- "$@") || exit
    printf '%s\n' ${PART} "$sums"
    for path do
      shift
      sum=\${sums%% *} sums=\${sums#*"$line"}
      case "$path \${sum#\\}" in ${new Shell(questions.map(notShown).join('|'))}) continue ;; esac
      case $large in *"$line$path$line"*) continue ;; esac
      set -- "$@" "$path"
    done
    [ $# -gt 0 ] || exit 0
    echo ${PART}
    od -A n -v -t x1 -- "$@"
  `.text;
}

/** As a pattern of `PATH DIGEST`. */
function notShown({ path, wanted }: PathQuestion): string {
  return wanted?.shown ? sh`${`${path} ${wanted.sha256}`}`.text : sh`${`${path} `}*`.text;
}

function answers(stdout: string, questions: readonly PathQuestion[]): readonly string[] {
  const [types = [], stats = [], sums = [], hex = []] = parts(stdout);
  const text = Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
  let position = 0;
  /** A file that changed while it was read has no text that fits. */
  const shown = (bytes: number, digest: string): string => {
    const part = text.subarray(position, position + bytes);
    position += bytes;
    return sha256(part) === digest ? part.toString('base64') : '';
  };
  const texts = questions.map(({ wanted }, index) => {
    const type = types[index];
    if (type === 'absent') return type;
    if (type === 'other' || (type === 'file') !== (wanted !== undefined)) {
      if (type !== 'other') stats.shift();
      if (type === 'file') sums.shift();
      return 'other';
    }
    const [, rights, size] = /^(.*) (\d+)$/.exec(stats.shift() ?? '') ?? [];
    if (!wanted) return `directory\n${rights}`;
    const digest = /^\\?([0-9a-f]{64}) /.exec(sums.shift() ?? '')?.[1];
    const differs = digest !== wanted.sha256 && wanted.shown && Number(size) <= DIFF_LIMIT_BYTES;
    return `file\n${rights}\n${digest}\n${differs ? shown(Number(size), digest ?? '') : ''}`;
  });
  if (types.length !== questions.length || stats.length > 0 || sums.length > 0) {
    throw new Error(`expected the state of ${questions.length} paths, got ${JSON.stringify(stdout.slice(0, 200))}`);
  }
  return texts;
}

function parts(stdout: string): string[][] {
  return stdout.split(`${PART}\n`).map((part) => part.split('\n').slice(0, -1));
}
