import type { ValidatedEnvironment } from '../../lifecycle/validate';
import { table } from '../table';

export function describeValidation(environments: readonly ValidatedEnvironment[]): string {
  return environments
    .map(({ name, resources, quota }) => {
      const head = `✔ ${name}: ${resources} resources, valid${quota ? ', and the cloud has what it takes' : ' (the cloud was not asked)'}`;
      const rows = (quota ?? []).filter(({ need }) => need > 0);
      if (rows.length === 0) return head;
      const cells = rows.map(({ resource, need, free }) => [resource, need, free < 0 ? 'unlimited' : free]);
      return `${head}\n${table(['still to be made', 'need', 'free'], cells)}`;
    })
    .join('\n');
}
