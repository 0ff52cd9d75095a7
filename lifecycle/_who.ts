import { hostname, userInfo } from 'node:os';

/** Who does something, for a record of it: the CI's run and who started it, else the user of this machine. */
export function whoami(env: NodeJS.ProcessEnv): string {
  return ciRun(env) ?? `${userName(env)}@${hostname()}`;
}

function ciRun(env: NodeJS.ProcessEnv): string | undefined {
  if (env.GITHUB_ACTIONS) {
    const { GITHUB_ACTOR, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = env;
    return joined(GITHUB_ACTOR, `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`);
  }
  if (env.GITLAB_CI) return joined(env.GITLAB_USER_LOGIN, env.CI_JOB_URL);
  if (env.JENKINS_URL) return joined(env.BUILD_USER_ID ?? env.BUILD_USER, env.BUILD_URL);
  return env.CI ? `CI, ${userName(env)}@${hostname()}` : undefined;
}

function joined(user: string | undefined, run: string | undefined): string {
  return [user, run].filter(Boolean).join(', ') || 'CI';
}

/** A container's user may have a number only; root by sudo is somebody. */
function userName({ SUDO_USER }: NodeJS.ProcessEnv): string {
  try {
    const { username } = userInfo();
    return username === 'root' && SUDO_USER ? `${SUDO_USER} (as root)` : username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
