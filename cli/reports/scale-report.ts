import type { ScaleResult } from '../../lifecycle/scale';
import { describeConfigure } from './configure-report';

/** Which nodes came and went, and what was done on the new ones. */
export function describeScale({ environment, added, removed, configured }: ScaleResult): string {
  const lines = [
    ...(removed.length > 0 ? [`${environment}: ${removed.join(', ')} gone`] : []),
    ...(added.length > 0 ? [`${environment}: ${added.join(', ')} new`, describeConfigure(configured)] : []),
  ];
  return lines.length > 0 ? lines.join('\n') : `${environment}: has that many nodes already`;
}
