import { sh } from '../operations/shell';

/** Written where Packer has logged in on the server: it is up. */
export const READY_FILE = 'ready';
/** Written by us when our work on the server has ended: `ok`, or anything else. */
export const RESULT_FILE = 'result';

/**
 * What Packer takes for its provisioner: it only waits while we work on the server over a connection of our own, whose host
 * key is known. Should we be gone, it fails, and Packer deletes the server.
 * @param builder our process
 */
export function waitScript(builder: number): string {
  return sh`
    set -u
    : >${READY_FILE}
    while [ ! -e ${RESULT_FILE} ]; do
      if ! kill -0 ${builder} 2>/dev/null; then
        echo 'firesteel image build has ended' >&2
        exit 1
      fi
      sleep 0.2
    done
    [ "$(cat ${RESULT_FILE})" = ok ]
  `.text.concat('\n');
}
