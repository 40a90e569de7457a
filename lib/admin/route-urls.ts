import type { Server } from 'node:net';
import { Logger } from '@nestjs/common';
import type { AdapterBridge } from '../http/adapter-bridge.js';
import type { ResolvedController } from '../options/resolved-options.js';

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

const LAST = '/bypass/:secret';

/** The paths of all routes that never answer with maintenance, as the router has them; null if the adapter does not say. */
export function openRoutes(bridge: AdapterBridge, settings: ResolvedController): readonly string[] | null {
  const patterns = new Set(bridge.exemptPatterns('full'));
  const base = basePath(bridge, settings);
  const paths = [...patterns].filter((pattern) => typeof pattern === 'string');
  if (paths.length < patterns.size || base === undefined) return null;
  return paths.filter((path) => path !== (base || '/') && !path.startsWith(`${base}/`)).toSorted();
}

/** The path of the routes of the module, global prefix included; undefined if it is not certain. */
function basePath(bridge: AdapterBridge, { path }: ResolvedController): string | undefined {
  const own = `/${path.replaceAll(/^\/+|\/+$/g, '')}${LAST}`.replaceAll(/\/+/g, '/');
  // Fastify also has a route for HEAD.
  const [pattern, ...others] = new Set(
    bridge
      .exemptPatterns('full')
      .filter((route): route is string => typeof route === 'string' && route.endsWith(own)),
  );
  return others.length > 0 ? undefined : pattern?.slice(0, -LAST.length);
}

/** Logs once where the routes of the module are, when the server listens; nothing if their path is not certain. */
export function logUrls(server: Server, bridge: AdapterBridge, settings: ResolvedController): void {
  const base = basePath(bridge, settings);
  if (base === undefined) return;
  const log = (): void =>
    new Logger('MaintenanceMode').log(
      `Status at ${originOf(server)}${base || '/'}; superusers turn maintenance on and off at ${base}/admin.`,
    );
  if (server.listening) log();
  else server.once('listening', log);
}

/** Empty if the server does not listen on a port. A proxy in front of it has another address, which is not known. */
function originOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return '';
  const isAnywhere = address.address === '::' || address.address === '0.0.0.0';
  const host = isAnywhere
    ? 'localhost'
    : address.family === 'IPv6'
      ? `[${address.address}]`
      : address.address;
  return `${'setSecureContext' in server ? 'https' : 'http'}://${host}:${address.port}`;
}
