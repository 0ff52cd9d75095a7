import { z } from 'zod';
import type { Session } from './session';

const limits = z
  .object({ limits: z.object({ absolute: z.record(z.string(), z.number()) }) })
  .transform(({ limits: { absolute } }) => absolute);

/** Cinder, as far as we read it; many clouds have none. */
export class VolumeService {
  constructor(private readonly session: Session) {}

  /** Cinder's names to numbers, e.g. `maxTotalVolumes`, `totalGigabytesUsed`; -1 = no limit. */
  limits(): Promise<Record<string, number>> {
    return this.session.get('volume', '/limits', limits);
  }
}
