import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project } from './_project';
import type { Running } from './_run';

/** A job that caches and shuffles, under way on a cluster; it notices every node that goes too early. */
export class ShufflingJob {
  /** Submits it and waits until executors hold blocks of it. @param turns of some seconds each */
  static async begin(project: Project, environment: string, turns: number): Promise<ShufflingJob> {
    const job = project.file('shuffles.py');
    copyFileSync(join(__dirname, 'fixtures', 'shuffles.py'), job);
    const running = project.start('submit', environment, job, `${turns}`);
    await running.line((line) => line.includes('cached and shuffled'));
    return new ShufflingJob(running);
  }

  private constructor(private readonly running: Running) {}

  /** It was told that executors leave, lost no task by that, and its result is right. */
  async endsWhole(): Promise<void> {
    const { status, stdout, stderr } = await this.running.ended;

    expect(stdout).toContain(`RESULT ${(59999 * 60000) / 2} 60000`);
    expect(status).toBe(0);
    expect(stderr).toContain('decommission');
    expect(stderr).not.toMatch(/Lost task|ExecutorLostFailure|FetchFailed|Task .* failed/);
  }
}
