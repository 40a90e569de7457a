/** Separators, wildcards and what ends a path: none of it belongs into a path that is exempt. */
const SUSPICIOUS = /\/\/|[\\;#?%\p{Cc}]/u;
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/;

/**
 * The decoded path of a request target, or null where two programs could read it differently: doubled slashes,
 * backslashes, semicolons, dot segments, encoded separators, control characters, invalid escapes, the absolute form
 * (`GET http://host/path`). Such a request is never exempt by its path: what lets it in must be what serves it.
 */
export function unambiguousPath(url: string): string | null {
  const path = url.split('?', 1)[0] ?? '';
  if (!path.startsWith('/') || /%(?:2e|2f|5c)/i.test(path)) return null;
  const decoded = decode(path);
  return decoded === null || SUSPICIOUS.test(decoded) || DOT_SEGMENT.test(decoded) ? null : decoded;
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
