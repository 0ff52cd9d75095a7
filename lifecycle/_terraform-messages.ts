/** Summary of the diagnostic when another run holds the state. */
export const STATE_LOCKED = 'Error acquiring the state lock';

/** What Terraform says when something is wrong, of `-json` output and of `validate -json` alike. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly detail?: string;
  /** Address of the resource it is about. */
  readonly address?: string;
}

/** Another run holds the state. */
export function isStateLocked(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ summary }) => summary === STATE_LOCKED);
}

/** One resource's step, of the `-json` stream of `apply` and `destroy`. */
export interface ResourceStep {
  readonly state: 'start' | 'progress' | 'complete' | 'errored';
  readonly action: string;
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly elapsedSeconds: number;
}

export type TerraformMessage =
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'step'; readonly step: ResourceStep }
  | {
      readonly kind: 'summary';
      readonly add: number;
      readonly change: number;
      readonly remove: number;
      readonly operation: string;
    };

const STEPS: Readonly<Record<string, ResourceStep['state']>> = {
  apply_start: 'start',
  apply_progress: 'progress',
  apply_complete: 'complete',
  apply_errored: 'errored',
};

interface RawMessage {
  readonly type?: string;
  readonly diagnostic?: Diagnostic;
  readonly changes?: { add: number; change: number; remove: number; operation: string };
  readonly hook?: {
    resource?: { addr: string; resource_type: string; resource_name: string };
    action?: string;
    elapsed_seconds?: number;
  };
}

/** What one line of the `-json` stream says; undefined for all that nobody has to know, and for lines that are no JSON. */
export function parseMessage(line: string): TerraformMessage | undefined {
  const raw = tryJson(line);
  if (!raw?.type) return undefined;
  if (raw.type === 'diagnostic' && raw.diagnostic) return { kind: 'diagnostic', diagnostic: raw.diagnostic };
  if (raw.type === 'change_summary' && raw.changes) return { kind: 'summary', ...raw.changes };
  const state = STEPS[raw.type];
  const resource = raw.hook?.resource;
  if (!state || !resource) return undefined;
  return {
    kind: 'step',
    step: {
      state,
      action: raw.hook?.action ?? '',
      address: resource.addr,
      type: resource.resource_type,
      name: resource.resource_name,
      elapsedSeconds: raw.hook?.elapsed_seconds ?? 0,
    },
  };
}

/** Errors for people: each once, with the resource it is about and what the cloud itself said. */
export function describeDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const texts = diagnostics.map((diagnostic) => {
    const about = diagnostic.address ? ` (${diagnostic.address})` : '';
    const detail = cleanText(diagnostic.detail ?? '');
    return `${cleanText(diagnostic.summary)}${about}${detail === '' ? '' : `: ${detail}`}`;
  });
  return [...new Set(texts)].join('\n');
}

/** The two ways in which the provider reports an HTTP answer; named: what was done, method, address, status or reason, body. */
const HTTP_REPORTS = [
  /^(?<before>.*?)[:,]? ?Expected HTTP response code \[[\d ]+\] when accessing \[(?<method>\w+) (?<url>[^\]]+)\], but got (?<status>\d+) instead:? ?(?<body>.*)$/,
  /^(?<before>.*?)[:,]? ?(?<status>[A-Z][\w ]+): \[(?<method>[A-Z]+) (?<url>[^\]]+)\], error message: ?(?<body>.*)$/,
];

/** How the provider reports that there was no answer, and that there was half of one. */
const NO_ANSWER =
  /(?<method>[A-Z][a-z]+) "(?<url>[^"]+)": OpenStack connection error, retries exhausted\. Aborting\. Last error was: (?<reason>.*)$/;
const HALF_AN_ANSWER = /\bunexpected EOF$/;
/** It says no more than that it can't send a request again whose connection was cut: the cloud may have got it. */
const NOT_SENT_AGAIN = /^http: ContentLength=\d+ with Body length 0$|^EOF$/;

/** The cloud's own message out of the provider's report of an HTTP answer; other text on one line. */
export function cleanText(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(NO_ANSWER, describeNoAnswer)
    .replace(HALF_AN_ANSWER, "the cloud's answer broke off half-way");
  const report = HTTP_REPORTS.map((pattern) => pattern.exec(line)?.groups).find((groups) => groups !== undefined);
  if (!report) return line;
  const { before, method, url, status, body = '' } = report;
  const answer = /^\d+$/.test(status!) ? `HTTP ${status}` : status;
  return `${before}: ${apiMessage(body) ?? body} (${answer} to ${method} ${url})`;
}

function describeNoAnswer(_: string, method: string, url: string, reason: string): string {
  const why = NOT_SENT_AGAIN.test(reason) ? 'the connection was cut' : reason;
  return `no answer from the cloud, ${why} (${method.toUpperCase()} ${url})`;
}

/** OpenStack services answer `{"forbidden": {"message": …}}`, `{"NeutronError": {"message": …}}`, `{"error": …}`. */
function apiMessage(body: string): string | undefined {
  const parsed = tryJson(body.replace(/[^}]*$/, '')) as Record<string, { message?: unknown } | undefined> | undefined;
  if (typeof parsed !== 'object') return undefined;
  const messages = Object.values(parsed).flatMap((value) =>
    typeof value?.message === 'string' ? [value.message] : [],
  );
  return messages[0]?.replace(/[.\s]+$/, '');
}

/** Plain output for people comes in frames of box-drawing characters. */
export function withoutFrames(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^[╷│╵]\s?/, '').trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function tryJson(text: string): RawMessage | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as RawMessage;
  } catch {
    return undefined;
  }
}
