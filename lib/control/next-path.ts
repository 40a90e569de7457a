/** Only resolves paths; nothing is ever sent there. */
const BASE = 'http://base.invalid';

/**
 * Where `?next=` leads, if it is a path of this origin, else `/`. The path is the one that a browser would go to: `//host`,
 * `/\host`, a tab in between and dot segments that end in `//host` all lead elsewhere.
 */
export function nextPath(url: string): string {
  const [next, ...others] = queryOf(url).getAll('next');
  if (next === undefined || others.length > 0 || !next.startsWith('/') || /[\\\p{Cc}]/u.test(next))
    return '/';
  if (!URL.canParse(next, BASE)) return '/';
  const { origin, pathname, search, hash } = new URL(next, BASE);
  return origin === BASE && !pathname.startsWith('//') ? pathname + search + hash : '/';
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}
