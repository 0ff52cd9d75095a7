import { type HttpAnswer, type HttpRequest, hostOf } from './_http';
import { tryJson } from './_keystone';
import type { CloudCredentials } from './cloud-credentials';
import { CloudError, type CloudErrorKind } from './cloud-error';

/** The error that an answer without success stands for. */
export function statusError(
  answer: HttpAnswer,
  request: HttpRequest,
  service: string,
  credentials: CloudCredentials,
): CloudError {
  const { status } = answer;
  const host = hostOf(request.url);
  const requestId =
    answer.headers.get('x-openstack-request-id') ?? answer.headers.get('x-compute-request-id') ?? undefined;
  const said = serviceMessage(answer.text);
  const text = `${describe(status, service, host, answer)}${said ? `: ${said}` : ''}`;
  const asked = `${request.method} ${request.url.pathname}`;
  const trace = [asked, requestId, credentials.source].filter(Boolean).join(', ');
  return new CloudError(kindOf(status), `${text} (${trace})`, { host, status, service, requestId });
}

function kindOf(status: number): CloudErrorKind {
  if (status === 401) return 'badCredentials';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'notFound';
  if (status === 413 || status === 429) return 'rateLimited';
  return status >= 500 ? 'serverError' : 'refused';
}

function describe(status: number, service: string, host: string, answer: HttpAnswer): string {
  const at = `The ${service} service at ${host}`;
  if (status === 401) return `${at} does not accept a fresh token; its operators have to look at it`;
  if (status === 403) return `${at} forbids it: the project's role does not allow this, or a quota is used up`;
  if (status === 404) return `${at} does not know it`;
  if (status === 413 || status === 429)
    return `${at} wants fewer requests and stayed so (status ${status}); try again later`;
  if (status >= 300 && status < 400)
    return `${at} redirects to ${answer.headers.get('location')}; the catalog's address is wrong`;
  return status >= 500
    ? `${at} fails with status ${status} and kept failing`
    : `${at} refuses it with status ${status}`;
}

/** `{"badRequest":{"message":…}}` of Nova, `{"NeutronError":{"message":…}}`, `{"message":…}`, or Glance's HTML. */
function serviceMessage(text: string): string | undefined {
  const body = tryJson(text);
  if (typeof body === 'object' && body !== null) {
    const found = [body, ...Object.values(body)].map((part) => (part as { message?: unknown } | null)?.message);
    const message = found.find((value): value is string => typeof value === 'string');
    return message?.replace(/\s+/g, ' ').trim();
  }
  const plain = text
    .replace(/<head>[\s\S]*?<\/head>|<[^>]*>/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.slice(0, 200) || undefined;
}
