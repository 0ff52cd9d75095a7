import type { PreflightProblem } from '../cloud/preflight';
import type { Diagnostic } from './_terraform-messages';

/** The caller asked for something that can't be: an unknown environment, a file in the way, too many candidates. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Done as asked, something would be destroyed that nobody asked to destroy; nothing was changed. */
export class RefusedError extends Error {
  constructor(
    message: string,
    /** What would be lost, one line each. */
    readonly losses: readonly string[] = [],
  ) {
    super([message, ...losses.map((loss) => `  - ${loss}`)].join('\n'));
    this.name = 'RefusedError';
  }
}

/** A plan that was reviewed is not, or no longer, the one that would be carried out; nothing was changed. */
export class StalePlanError extends Error {
  constructor(
    readonly environment: string,
    goal: 'update' | 'destroy',
    /** What differs, one line each. */
    readonly differences: readonly string[],
  ) {
    super(
      [
        `the reviewed plan of ${environment} doesn't fit any more; nothing was changed:`,
        ...differences.map((difference) => `  - ${difference}`),
        `Review it anew: "firesteel plan ${environment} --to ${goal}"`,
      ].join('\n'),
    );
    this.name = 'StalePlanError';
  }
}

/** The cloud can't give what the plan asks for; found out before anything was changed. */
export class PreflightError extends Error {
  constructor(
    readonly environment: string,
    readonly problems: readonly PreflightProblem[],
    /** Need and free of what is too little, as a table; empty where nothing is. */
    readonly quotaTable: string,
  ) {
    const lines = problems.map(({ message }) => `  - ${message}`);
    super(
      [
        `${environment} can't be made in this cloud; nothing was changed:`,
        ...lines,
        ...(quotaTable ? ['', quotaTable] : []),
      ].join('\n'),
    );
    this.name = 'PreflightError';
  }
}

/** The caller's signal ended it; what was under way was brought to a clean end first. */
export class InterruptedError extends Error {
  constructor(message = 'interrupted') {
    super(message);
    this.name = 'InterruptedError';
  }
}

/** What was asked for needs an environment that is deployed, and it isn't. */
export class NotDeployedError extends Error {
  constructor(readonly environment: string) {
    super(
      `${environment} is not deployed: "firesteel up ${environment}" creates and configures it ("npx cdktf deploy ${environment}" only creates it)`,
    );
    this.name = 'NotDeployedError';
  }
}

/** Terraform, or the program that makes its input, could not do what it was asked. */
export class TerraformError extends Error {
  constructor(
    message: string,
    readonly environment: string | undefined,
    readonly diagnostics: readonly Diagnostic[] = [],
  ) {
    super(message);
    this.name = 'TerraformError';
  }
}
