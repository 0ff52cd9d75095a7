import type { ReplaceResult } from '../../lifecycle/replace';
import { describeConfigure } from './configure-report';

/** Which nodes have new servers, and where it stopped. */
export function describeReplace({ environment, replaced, failed, left }: ReplaceResult): string {
  if (!failed && replaced.length === 0) return `${environment}: every server is as it should be`;
  return [
    ...(replaced.length > 0 ? [`${environment}: ${replaced.join(', ')} replaced`] : []),
    ...(failed ? [describeConfigure(failed)] : []),
    ...(left.length > 0 ? [`${environment}: not begun: ${left.join(', ')}`] : []),
  ].join('\n');
}
