import type { Workspace, WorkspaceOptions } from '../lifecycle/workspace';
import { type CloudOptions, openrcPath } from './options';
import { sandboxCloudsFile } from './sandbox-clouds';
import type { Session } from './session';

/** The library's view of the project, made from a session; loaded only by commands that need it. */
export async function openWorkspace(session: Session, options: CloudOptions = {}): Promise<Workspace> {
  const { Workspace } = await import('../lifecycle/workspace');
  return new Workspace(await workspaceOptions(session, options));
}

export async function workspaceOptions(session: Session, options: CloudOptions = {}): Promise<WorkspaceOptions> {
  const cloudsFile = await sandboxCloudsFile(session.env);
  return {
    projectDir: session.dir,
    env: session.env,
    ...(cloudsFile !== undefined && { furtherCloudsFiles: [cloudsFile] }),
    onProgress: session.onProgress,
    signal: session.signal,
    ...openrcPath(session, options),
    ...(session.interactive && {
      askPassword: session.askPassword,
      askPassphrase: (file: string) => session.askSecret(`Passphrase of ${file}:`),
    }),
  };
}

/** Runs with a workspace and closes its connections whatever happens. */
export async function withWorkspace<T>(
  session: Session,
  options: CloudOptions,
  body: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openWorkspace(session, options);
  try {
    return await body(workspace);
  } finally {
    await workspace.close();
  }
}
