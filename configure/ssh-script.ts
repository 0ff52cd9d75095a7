import { quote } from './ssh-shell';

export interface LifelineOptions {
  /** Given to the script's standard input. @default - the null device */
  readonly stdin?: string;
  /** POSIX sh that runs after the script, however it ended; where it had to be killed, perhaps twice. */
  readonly cleanup?: string;
}

/** Seconds between SIGTERM and SIGKILL for what a broken session left running. */
export const KILL_SECONDS = 10;

/**
 * What is written to `sh -s` on a node, so that the script lives no longer than our connection.
 *
 * Standard input stays open as a lifeline: when it ends (we abort, we crash, the network breaks and sshd notices), a
 * watcher ends the session's whole process group; sshd alone would leave it running. The outermost braces make the
 * shell read everything before it runs anything, so that half a script never runs. Nothing of it stands in argv.
 */
export function lifelineScript(script: string, options: LifelineOptions = {}): string {
  const { stdin = '', cleanup = '' } = options;
  const body = stdin === '' ? script : `printf %s ${quote(stdin)} | {\n${script}\n}`;
  return `{
${watched(body, cleanup)}
[ -n "$firesteel_cut" ] || kill -s KILL $firesteel_watcher
${cleanup}
exit $firesteel_status
}
`;
}

/**
 * The same for a shell that is to wait for another script afterwards. The end mark, with the exit status, is the last that
 * this one says on both outputs; by then its watcher is no more, which would take the next one for itself.
 */
export function keptLifelineScript(script: string, endMark: string): string {
  return `{
${watched(script)}
[ -z "$firesteel_cut" ] || exit $firesteel_status
{ kill -s KILL $firesteel_watcher; wait $firesteel_watcher; } 2>/dev/null
exec 3<&-
echo ${endMark} $firesteel_status
echo ${endMark} $firesteel_status >&2
}
`;
}

function watched(body: string, cleanup = ''): string {
  return `exec 3<&0
trap firesteel_cut=1 HUP INT TERM PIPE
(
trap '' HUP INT TERM PIPE
exec >/dev/null 2>&1
read -r firesteel_end <&3
kill -s TERM 0
sleep ${KILL_SECONDS}
${cleanup}
kill -s KILL 0
) &
firesteel_watcher=$!
(
exec 3<&- </dev/null
${body}
)
firesteel_status=$?`;
}
