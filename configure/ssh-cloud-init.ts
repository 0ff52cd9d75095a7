/** Exit status of a script that gave up waiting for cloud-init, together with `GAVE_UP` on standard error. */
export const CLOUD_INIT_EXIT = 97;

const MARK = 'firesteel-cloud-init:';
const GAVE_UP = `${MARK}gave-up`;

/** What a node says about cloud-init before it does anything else. */
export type CloudInitNews = 'waiting' | 'done' | 'failed' | 'gave-up';

/**
 * Stands before the first script on a connection: nothing of ours runs before cloud-init has finished. Where it has, or
 * where there is none, it costs two built-in tests and no round trip. A cloud-init that failed is told and no obstacle.
 */
export function awaitCloudInit(withinSeconds: number): string {
  return `if [ ! -e /run/cloud-init/result.json ] && command -v cloud-init >/dev/null 2>&1; then
  echo ${MARK}waiting >&2
  timeout ${Math.ceil(withinSeconds)} cloud-init status --wait >/dev/null 2>&1
  case $? in
    0) echo ${MARK}done >&2 ;;
    124) echo ${GAVE_UP} >&2; exit ${CLOUD_INIT_EXIT} ;;
    *) echo ${MARK}failed >&2 ;;
  esac
fi
`;
}

/** What a line of standard error tells of cloud-init; undefined where it is no such line. */
export function tryCloudInitNews(line: string): CloudInitNews | undefined {
  return line.startsWith(MARK) ? (line.slice(MARK.length) as CloudInitNews) : undefined;
}
