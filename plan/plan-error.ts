/** One thing that is wrong with a plan, and where. */
export interface PlanIssue {
  /** What is wrong, the value got, what is allowed, what to do next. */
  readonly message: string;
  /** e.g. `workers.count`; empty for the whole file. */
  readonly path: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** A plan that can't be: every issue at once, each as `file:line:column: path: message`. */
export class PlanError extends Error {
  constructor(readonly issues: readonly PlanIssue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.name = 'PlanError';
  }
}

function formatIssue(issue: PlanIssue): string {
  const place = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(':');
  return [place, issue.path, issue.message].filter((part) => part !== '').join(': ');
}
