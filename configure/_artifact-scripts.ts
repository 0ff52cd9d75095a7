import { type Shell, sh } from '../operations/shell';
import { SHA256 } from './_sha256';

export interface FetchScriptOptions {
  readonly url: string;
  readonly directory: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Fetches a file, verified while it comes; it has its name only when it is whole. The lock keeps two runs apart. */
export function fetchScript({ url, directory, fileName, sha256, bytes }: FetchScriptOptions): string {
  return sh`
    set -eu
    umask 022
    mkdir -p -- ${directory}
    part=${`${directory}/.${fileName}.part`}
    exec 9>"$part.lock"
    flock -w 900 9
    trap 'rm -f -- "$part"' EXIT
    trap 'exit 143' HUP INT TERM
    url=${url}
    get() {
      if command -v curl >/dev/null; then
        curl -fsS --noproxy '*' --connect-timeout 10 --speed-limit 1000 --speed-time 60 --retry 3 --retry-connrefused -- "$url"
      else
        python3 -c ${PYTHON_GET} "$url"
      fi
    }
    ${SHA256}
    sum=$(get | tee -- "$part" | sha256)
    if [ "\${sum%% *}" != ${sha256} ] || [ "$(wc -c <"$part")" -ne ${bytes} ]; then
      echo "$url did not come whole" >&2
      exit 1
    fi
    chmod 0644 -- "$part"
    mv -fT -- "$part" ${`${directory}/${fileName}`}
  `.text;
}

export interface ServeOptions {
  readonly address: string;
  readonly port: number;
  readonly directory: string;
  /** The first file to serve; others are added by `offerScript`. */
  readonly fileName: string;
}

/**
 * Serves files to the other nodes, as a user that owns nothing, at this address alone. The unit ends by itself after half an
 * hour, should nobody come back to stop it; what it served goes with it.
 */
export function serveScript({ address, port, directory, fileName }: ServeOptions): string {
  const share = shareOf(directory);
  return sh`
    set -eu
    ${stop(share)}
    ${offer(directory, fileName)}
    systemd-run --quiet --collect --unit=${UNIT} --description='Firesteel shares artifacts with the other nodes' \
      --property=DynamicUser=yes --property=RuntimeMaxSec=1800 \
      --property=ExecStopPost=${`+/bin/rm -rf -- ${share}`} python3 -c ${PYTHON_SERVE} ${address} ${port} ${share}
    python3 -c ${PYTHON_WAIT} ${address} ${port} || {
      journalctl --no-pager --lines 5 --output cat --unit=${UNIT} >&2
      exit 1
    }
  `.text;
}

/** Lets a server serve one more file. */
export function offerScript(directory: string, fileName: string): string {
  return sh`
    set -eu
    ${offer(directory, fileName)}
  `.text;
}

/** Stops serving; does nothing where nobody serves. */
export function stopScript(directory: string): string {
  return stop(shareOf(directory)).text;
}

const UNIT = 'firesteel-share.service';

/** What is served has a second name: the node itself unpacks the file and removes it while others still fetch it. */
function shareOf(directory: string): string {
  return `${directory}/.share`;
}

function offer(directory: string, fileName: string): Shell {
  return sh`
    mkdir -p -m 0755 -- ${shareOf(directory)}
    ln -f -- ${`${directory}/${fileName}`} ${shareOf(directory)}
  `;
}

function stop(share: string): Shell {
  return sh`
    systemctl stop ${UNIT} 2>/dev/null || :
    systemctl reset-failed ${UNIT} 2>/dev/null || :
    rm -rf -- ${share}
  `;
}

const PYTHON_GET = `
import shutil, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with opener.open(sys.argv[1], timeout=60) as answer:
    shutil.copyfileobj(answer, sys.stdout.buffer, 1 << 20)
`;

/** Not http.server's own class: it asks DNS for its name first, which a locked-down node waits for in vain. */
const PYTHON_SERVE = `
import functools, http.server, socketserver, sys
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[3])
Server((sys.argv[1], int(sys.argv[2])), handler).serve_forever()
`;

const PYTHON_WAIT = `
import socket, sys, time
for left in range(100, 0, -1):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()
        break
    except OSError as error:
        if left == 1:
            sys.exit("the server does not answer: %s" % error)
        time.sleep(0.1)
`;
