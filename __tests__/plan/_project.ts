import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvironment } from '../../plan/load-environments';
import { PlanError } from '../../plan/plan-error';

export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8/R9mNgnuKyU4Zm5vV3fZ3kzZs2qXh2gJm6lqkE7Qp somebody@example';

export const COMMON = `kind: common
ssh:
  publicKey: ${PUBLIC_KEY}
access: [203.0.113.0/24]
network:
  external: public
`;

export const DEV = `kind: spark
image: debian-12
master:
  flavor: m1.small
workers:
  flavor: m1.small
  count: 2
`;

/** A project in a folder of its own, with the given files under `environments/`. */
export function project(files: Record<string, string>): string {
  const dir = mkdtempSync(join(tmpdir(), 'firesteel-plan-'));
  mkdirSync(join(dir, 'environments'));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, 'environments', file), text);
  return dir;
}

/** What is wrong with an environment of such a project, each issue with its place. */
export function issuesOf(files: Record<string, string>, name = 'dev'): string[] {
  try {
    loadEnvironment(project(files), name);
  } catch (error) {
    if (error instanceof PlanError) {
      return error.issues.map((issue) => `${issue.line}:${issue.column}: ${issue.path}: ${issue.message}`);
    }
    throw error;
  }
  return [];
}
