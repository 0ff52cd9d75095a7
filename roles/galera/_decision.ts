import { GALERA_FORCE } from './_paths';

/** How long a new group waits for members that say nothing, where most of it is there and nobody has data. Seconds. */
export const GALERA_GRACE_SECONDS = 120;

/**
 * Who begins the group is decided by every server for itself, from what all say of their data, so that there is one answer:
 *
 * - A group that runs is joined, whether it has a quorum or not: Galera finds together again by itself. A server whose data
 *   are of another history does not join: they would be thrown away.
 * - Else who left last and cleanly has all there is (`safe`) and begins, unless somebody is known to have more.
 * - Else everybody has to be heard, and who has most begins. One that is not heard may have more: so they wait for it, until
 *   an operator says that it is not to be waited for.
 * - Where nobody has data, the group is new, and the first of the plan begins.
 *
 * While an arbitrator goes on with the group that is gone, none is begun: there would be two; it ends soon.
 */
export const GALERA_DECISION = `
NOBODY = '00000000-0000-0000-0000-000000000000'
GRACE = ${GALERA_GRACE_SECONDS}
FORCE = 'to go on without them, say so on one node: touch ${GALERA_FORCE}'


def decide(me, order, heard, arbitrating, waited, forced):
    """('join' | 'bootstrap' | 'wait', why): me and heard by name tell uuid, seqno and safe; order is the plan's."""
    running = [state for state in heard.values() if state['phase'] == 'running']
    if running:
        return joining(me, running)
    if any(state['phase'] == 'starting' for state in heard.values()):
        return 'wait', 'another one is starting'
    if arbitrating:
        return 'wait', 'an arbitrator still goes on with the group as it was'
    if forced:
        return 'bootstrap', 'an operator says so'
    waiting = {name: state for name, state in heard.items() if state['phase'] == 'waiting'}
    waiting[me['name']] = me
    present = [name for name in order if name in waiting]
    missing = [name for name in order if name not in waiting]
    holders = [name for name in present if waiting[name]['uuid'] != NOBODY]
    if not holders:
        return beginning(me, order, present, missing, waited)
    if len({waiting[name]['uuid'] for name in holders}) > 1:
        return 'wait', 'their data are of different histories: ' + ', '.join(
            f'{name} {waiting[name]["uuid"]}:{waiting[name]["seqno"]}' for name in holders) + '; ' + FORCE
    most = max(waiting[name]['seqno'] for name in holders)
    if most < 0:
        return 'wait', 'how far the data are can be found out on no node'
    best = [name for name in holders if waiting[name]['seqno'] == most]
    safe = [name for name in best if waiting[name]['safe']]
    if missing and not safe:
        return 'wait', f'waits for {", ".join(missing)}, whose data may be newer; ' + FORCE
    winner = (safe or best)[0]
    return ('bootstrap', 'it has most') if winner == me['name'] else ('wait', f'{winner} begins')


def joining(me, running):
    primary = [state for state in running if state.get('status') == 'Primary']
    histories = {state.get('uuid') for state in primary or running} - {None, NOBODY}
    if me['uuid'] != NOBODY and histories and me['uuid'] not in histories:
        return 'wait', (f'its data are of the history {me["uuid"]}, those of the others of {", ".join(sorted(histories))}: '
                        'joining would throw them away; empty its folder yourself if they are not needed')
    if me.get('databases'):
        return 'wait', (f'it has databases of its own ({", ".join(me["databases"])}), which joining would throw away; '
                        'empty its folder yourself if they are not needed')
    return 'join', 'it runs'


def beginning(me, order, present, missing, waited):
    if missing and (len(present) * 2 <= len(order) or waited < GRACE):
        return 'wait', f'waits for {", ".join(missing)}'
    return ('bootstrap', 'it is new') if present[0] == me['name'] else ('wait', f'{present[0]} begins')
`;
