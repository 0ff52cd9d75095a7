import type { Workspace, WorkspaceOptions } from '../lifecycle/workspace';
import type { CloudOptions } from './options';
import type { Session } from './session';

/** The library's view of the project, made from a session; loaded only by commands that need it. */
export async function openWorkspace(session: Session, options: CloudOptions = {}): Promise<Workspace> {
  const { Workspace } = await import('../lifecycle/workspace');
  return new Workspace(await workspaceOptions(session, options));
}

export async function workspaceOptions(session: Session, options: CloudOptions = {}): Promise<WorkspaceOptions> {
  const { sandboxSettings } = await import('../sandbox/settings');
  return {
    projectDir: session.dir,
    env: session.env,
    furtherCloudsFiles: [sandboxSettings(session.env).clouds],
    onProgress: session.onProgress,
    signal: session.signal,
    ...(options.openrc !== undefined && { openrc: options.openrc }),
    ...(session.interactive && {
      askPassword: session.askSecret,
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
