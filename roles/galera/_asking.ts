import { GALERA_PORTS } from './_paths';

/** Python that asks another server of the group how it stands. Needs `json`, `urllib.error` and `urllib.request`. */
export const GALERA_ASKING = `
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(server):
    """How a server stands, by its agent; None where that does not answer."""
    try:
        with opener.open(f'http://{server["address"]}:${GALERA_PORTS.state}/', timeout=3) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        try:
            return json.load(error)
        except ValueError:
            return None
    except (OSError, ValueError):
        return None
`;
