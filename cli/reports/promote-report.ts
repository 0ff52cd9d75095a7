import type { PromoteResult } from '../../lifecycle/promote';
import { describeConfigure } from './configure-report';

/** Which region takes the writes now, what was done on the nodes, and what is to be done when the lost one comes back. */
export function describePromotion({ environment, region, former, how, unreached, configured }: PromoteResult): string {
  const done = configured.failed === 0 ? 'takes the writes' : 'is to take the writes, but not all nodes are well';
  const before = former === region ? '' : how === 'handedOver' ? `; ${former} has handed over` : `; ${former} is lost`;
  const later =
    unreached.length > 0
      ? [
          `not told, because nothing of their region answers: ${unreached.join(', ')}`,
          `when it is back: "firesteel configure ${environment}" makes it replicate from ${region}`,
        ]
      : [];
  return [describeConfigure(configured), `${environment}: ${region} ${done}${before}`, ...later].join('\n');
}
