import type { Operation } from '../operations/operation';
import { sh } from '../operations/shell';
import { ARTIFACT_DIR, type Artifact } from '../roles/role';
import { SHA256 } from './_sha256';

export interface ArtifactPresence {
  readonly installed: boolean;
  /** SHA-256 of the file that lies where the artifact is to lie. */
  readonly present?: string;
}

/** Whether an artifact is still needed; an operation that only asks. */
export function artifactPresence({ fileName, installedMarker }: Artifact): Operation<ArtifactPresence> {
  const path = `${ARTIFACT_DIR}/${fileName}`;
  return {
    kind: 'artifact',
    name: fileName,
    fact: {
      script:
        sh`${SHA256}; if [ -e ${installedMarker} ]; then echo installed; elif [ -f ${path} ]; then sha256 <${path}; fi`
          .text,
      parse: (stdout) => {
        const [word = ''] = stdout.trim().split(/\s+/);
        return word === 'installed' ? { installed: true } : { installed: false, ...(word && { present: word }) };
      },
      bare: { installed: false },
    },
    changes: () => [],
  };
}
