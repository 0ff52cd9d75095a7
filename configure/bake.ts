import type { ProgressListener } from '../plan/progress';
import { ARTIFACT_DIR, type Artifact, type Role } from '../roles/role';
import type { Settings } from '../roles/settings';
import { throttled } from './_throttled';
import { type ArtifactPresence, artifactPresence } from './artifact-presence';
import { amount, fetchArtifact } from './artifacts';
import { type AppliedChange, applyChanges, type DueChange, dueChanges } from './converge';
import { readFacts } from './facts';
import { throughTunnel } from './mirrors-tunnel';
import { beforeArtifacts, installOperations, wantedArtifacts } from './node-steps';
import type { Connection } from './transport';

export interface BakeOptions {
  readonly roles: readonly Role[];
  readonly settings: Settings;
  /** Where artifacts are kept on this machine. @default - see `fetchArtifact` */
  readonly cacheDir?: string;
  /** Called as each change begins. */
  readonly onChange?: (change: AppliedChange) => void;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/**
 * Installs all that roles can have before it is known what cluster the machine is in: the very operations that `configure`
 * begins with on a bare machine. With `egress: none` packages come through the connection.
 * @throws {CommandError} whose `action` is the change that failed @throws {ArtifactError}
 */
export async function bake(connection: Connection, options: BakeOptions): Promise<void> {
  const { roles, settings, signal } = options;
  const operations = installOperations({ settings }, roles);
  const look = () => dueChanges(connection, operations, { ...(signal && { signal }) });
  const missing = await missingArtifacts(connection, wantedArtifacts({ settings }, roles), options);
  const due = await look();
  if (missing.length === 0) return make(connection, due, options);
  await Promise.all([
    make(connection, beforeArtifacts(due), options),
    ...missing.map((artifact) => put(connection, artifact, options)),
  ]);
  await make(connection, await look(), options);
}

async function missingArtifacts(
  connection: Connection,
  artifacts: readonly Artifact[],
  { signal }: BakeOptions,
): Promise<readonly Artifact[]> {
  const facts = await readFacts(connection, artifacts.map(artifactPresence), { ...(signal && { signal }) });
  return artifacts.filter((_, index) => !(facts[index] as ArtifactPresence).installed);
}

async function put(connection: Connection, artifact: Artifact, options: BakeOptions): Promise<void> {
  const { cacheDir, onProgress, signal } = options;
  const { node: subject } = connection;
  const { fileName } = artifact;
  const file = await fetchArtifact(artifact, {
    ...(cacheDir !== undefined && { cacheDir }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const tell = throttled((sent: number, total: number) =>
    onProgress?.({ subject, phase: 'artifacts', state: 'update', text: `${fileName}: ${amount(sent, total)}` }),
  );
  const path = `${ARTIFACT_DIR}/${fileName}`;
  await connection.put(file.path, path, { sha256: file.sha256, onProgress: tell, ...(signal && { signal }) });
}

async function make(connection: Connection, due: readonly DueChange[], options: BakeOptions): Promise<void> {
  const { settings, onChange, signal } = options;
  const apply = (mirrorsProxy?: string): Promise<void> =>
    applyChanges(connection, due, {
      ...(mirrorsProxy !== undefined && { mirrorsProxy }),
      ...(onChange && { onChange }),
      ...(signal && { signal }),
    });
  const tunnelled = settings.egress === 'none' && due.some(({ mirrors }) => mirrors);
  await (tunnelled ? throughTunnel(connection, due, apply, { ...(signal && { signal }) }) : apply());
}
