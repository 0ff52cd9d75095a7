/**
 * How haproxy watches its servers: it asks each once a second, and a server that failed 500 ms later again; what is not
 * answered within a second has failed, and two failures in a row take the server out. So a server that dies gets no more
 * requests after 1.5 s where its node still refuses connections, and after 3.5 s where nothing answers at all.
 */
export const HAPROXY_CHECK = {
  everyMs: 1000,
  afterFailureMs: 500,
  timeoutMs: 1000,
  failures: 2,
  successes: 2,
} as const;

/** The longest that requests may still go to a server that is dead. */
export const HAPROXY_DETECTS_WITHIN_SECONDS =
  (HAPROXY_CHECK.everyMs + HAPROXY_CHECK.afterFailureMs + HAPROXY_CHECK.failures * HAPROXY_CHECK.timeoutMs) / 1000;
