import { spawn } from 'node:child_process';

/**
 * Shows a page in the user's browser, which goes on by itself.
 * @returns whether there is one that could be started
 */
export async function showInBrowser(url: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  for (const [file, ...args] of browsers(url, env, process.platform)) {
    if (file !== undefined && (await starts(file, args, env))) return true;
  }
  return false;
}

/** The commands to try, one after the other: `$BROWSER` (several with colons between them), else the system's own. */
export function browsers(url: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly string[][] {
  if (env.BROWSER)
    return env.BROWSER.split(':')
      .filter(Boolean)
      .map((command) => withUrl(command, url));
  if (platform === 'darwin') return [['open', url]];
  // Without a display it would look for a browser in the terminal, and find one that draws over ours.
  return env.DISPLAY || env.WAYLAND_DISPLAY ? [['xdg-open', url]] : [];
}

/** No shell reads it: the address is one word, whatever is in it. */
function withUrl(command: string, url: string): string[] {
  const words = command.trim().split(/\s+/);
  return words.some((word) => word.includes('%s')) ? words.map((word) => word.replaceAll('%s', url)) : [...words, url];
}

function starts(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
