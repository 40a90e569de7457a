/*
 * Redirects and forms of the routes are relative: a proxy in front of the application may strip a part of the path, which
 * the application does not know.
 */

/** The URL of another route of the module (`on`, `admin?done=3`), relative to a request of a route such as `/maintenance-mode/off`. */
export function siblingUrl(url: string, name: string): string {
  return pathOf(url).endsWith('/') ? `../${name}` : name;
}

/** The URL of the status route, relative to a request of a route below it. */
export function parentUrl(url: string): string {
  const parent = pathOf(url).split('/').filter(Boolean).at(-2);
  return parent === undefined ? siblingUrl(url, './') : siblingUrl(url, `../${parent}`);
}

/** The root of the application, relative to the request. */
export function rootUrl(url: string): string {
  const depth = pathOf(url).split('/').length - 2;
  return depth > 0 ? '../'.repeat(depth) : './';
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

/** To resolve paths; nothing is sent there. */
const BASE = 'http://base.invalid';

/**
 * The target of `?next=` if it is a path of this origin, else null. It is read as browsers do: `//host`, `/\host`, a tab
 * between the slashes and dot segments that end in `//host` all lead to other origins.
 */
export function nextPath(url: string): string | null {
  const [next, ...others] = queryOf(url).getAll('next');
  if (next === undefined || others.length > 0 || !next.startsWith('/') || /[\\\p{Cc}]/u.test(next))
    return null;
  if (!URL.canParse(next, BASE)) return null;
  const { origin, pathname, search, hash } = new URL(next, BASE);
  return origin === BASE && !pathname.startsWith('//') ? pathname + search + hash : null;
}

export function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}
