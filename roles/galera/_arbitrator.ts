import { GALERA_ASKING } from './_asking';
import { GALERA_MEMBERS } from './_paths';

export const GALERA_ARBITRATE = 'galera-arbitrate';
/** `key = value` lines for garbd, which holds no secret but where the key lies. */
export const GARBD_CONF = '/etc/mysql/firesteel/garbd.cnf';

/** How long an arbitrator goes on with a group of which no server can be seen. */
export const ARBITRATOR_ALONE_SECONDS = 15;

/**
 * Runs garbd while a server of the group runs. It would go on being the group alone when all servers have left, and the one
 * that they begin afterwards would be another.
 */
export const GALERA_ARBITRATE_PROGRAM = `#!/usr/bin/python3 -I
# Written by firesteel configure; changes made here do not last.
import concurrent.futures, json, signal, subprocess, sys, time, urllib.error, urllib.request
${GALERA_ASKING}

def runs(server):
    return (ask(server) or {}).get('phase') == 'running'


def main():
    with open('${GALERA_MEMBERS}') as file:
        servers = json.load(file)['servers']
    child, seen = None, 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with concurrent.futures.ThreadPoolExecutor(len(servers)) as threads:
        try:
            while True:
                if any(list(threads.map(runs, servers))):
                    seen = time.monotonic()
                    if child is None or child.poll() is not None:
                        child = subprocess.Popen(['/usr/bin/garbd', '--cfg', '${GARBD_CONF}'])
                elif child is not None and time.monotonic() - seen > ${ARBITRATOR_ALONE_SECONDS}:
                    print('no server of the group runs: it ends too', flush=True)
                    end(child)
                    child = None
                time.sleep(2)
        finally:
            end(child)


def end(child):
    if child is None or child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == '__main__':
    main()
`;
