/** How long a region that starts listens for one that was promoted while it was away, before it takes writes again. Seconds. */
export const LISTEN_SECONDS = 60;

/**
 * Which region takes writes, and which node of a standby replicates, is decided by every node for itself:
 *
 * - Every promotion has a number, written into the database by the region that was promoted, and so known to all that
 *   replicate from it. Who has the highest leads. A region that was lost and comes back hears of a higher one, and writes no
 *   more, whatever it was told before.
 * - The region that the plan calls primary takes over from the one that leads when that takes no writes any more and has
 *   nothing that is not here too; or when an operator gives up what only the lost one has. Until then it replicates from it.
 * - All others replicate from the primary. One that has transactions which the primary doesn't have can't: the two have
 *   different histories.
 * - In a group one node replicates, the first that is ready; another one only when all members are heard and none does.
 */
export const GALERA_SUCCESSION = `
def ahead(mine, theirs):
    """What is in mine and not in theirs: {domain: (from, to)}."""
    return {domain: (theirs.get(domain, 0) + 1, last) for domain, last in mine.items() if last > theirs.get(domain, 0)}


def furthest(states):
    """What the servers of a group have, all together."""
    most = {}
    for state in states:
        for domain, last in state['position'].items():
            most[domain] = max(last, most.get(domain, 0))
    return most


def spelled(gap):
    return ', '.join(f'{domain}-{domain}-{begin}' + (f' to {domain}-{domain}-{end}' if end > begin else '')
                     for domain, (begin, end) in sorted(gap.items()))


def decide(me, plan, heard, chosen, alone, waited, given_up):
    """What a node is to do: whether it writes, whose transactions it fetches, whether it writes a promotion down; and why.

    me: ready, position, received, applies and promotion of this node; plan: own region and primary; heard: by other region
    what its servers say; chosen: this node acts for its group; alone: no node of the group takes writes yet.
    """
    own, primary = plan['own'], plan['primary']
    does = {'write': False, 'follow': None, 'claim': False, 'phase': 'standby', 'problem': None}
    if own != primary:
        return standby(me, own, primary, heard, does)
    promotions = [me['promotion']] + [state['promotion'] for states in heard.values() for state in states]
    term, leader = max([promotion for promotion in promotions if promotion] or [(0, None)])
    if leader == own:
        return leading(heard, plan, alone, waited, does)
    if leader is None:
        return {**does, 'phase': 'begins', 'claim': chosen and 1}
    return taking_over(me, leader, term, heard.get(leader, []), chosen, given_up, does)


def standby(me, own, primary, heard, does):
    servers = heard.get(primary, [])
    gap = ahead(me['position'], furthest(servers)) if servers else {}
    if gap:
        return {**does, 'phase': 'diverged', 'problem':
                f'{own} has transactions that {primary} does not have, {spelled(gap)}: it can not replicate from it'}
    return {**does, 'follow': primary}


def leading(heard, plan, alone, waited, does):
    missing = [name for name in plan['others'] if not any(state['ready'] for state in heard.get(name, []))]
    if alone and missing and waited < ${LISTEN_SECONDS}:
        return {**does, 'phase': 'listens', 'problem': f'listens whether {", ".join(missing)} was promoted meanwhile'}
    return {**does, 'phase': 'primary', 'write': True}


def taking_over(me, leader, term, servers, chosen, given_up, does):
    does = {**does, 'phase': 'takes over'}
    if given_up:
        applied = not me['applies'] or not ahead(me['received'], me['position'])
        return {**does, 'claim': applied and chosen and term + 1, 'problem': f'gives up what only {leader} has'}
    gap = ahead(me['position'], furthest(servers)) if servers else {}
    if gap:
        return {**does, 'phase': 'diverged', 'problem': f'{leader} was promoted, and this region has transactions that '
                                                        f'it does not have, {spelled(gap)}: it can not replicate from it'}
    does = {**does, 'follow': leader}
    if not servers:
        return {**does, 'problem': f'is to take over from {leader}, of which nothing is heard: if it is lost, say '
                                   '"firesteel promote" with --lost'}
    if not all(state['readOnly'] for state in servers):
        return {**does, 'problem': f'is called primary, and {leader}, which was promoted, takes writes: '
                                   '"firesteel configure" tells both which of them it is to be'}
    gap = ahead(furthest(servers), me['position'])
    if gap:
        return {**does, 'problem': f'takes over from {leader}, and has yet to fetch {spelled(gap)}'}
    return {**does, 'follow': None, 'claim': chosen and term + 1}


def acting(group, whole):
    """Who acts for the group: who does already, else the first that is ready, once all members are heard."""
    busy = [member['name'] for member in group if member['follows']]
    ready = [member['name'] for member in group if member['ready']]
    if busy:
        return busy[0]
    return ready[0] if ready and whole else None
`;
