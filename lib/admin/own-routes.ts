import type { AdapterBridge } from '../http/adapter-bridge.js';
import type { ResolvedController } from '../options/resolved-options.js';

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
export function basePath(bridge: AdapterBridge, { path }: ResolvedController): string | undefined {
  const own = `/${path.replaceAll(/^\/+|\/+$/g, '')}${LAST}`.replaceAll(/\/+/g, '/');
  // Fastify also has a route for HEAD.
  const [pattern, ...others] = new Set(
    bridge
      .exemptPatterns('full')
      .filter((route): route is string => typeof route === 'string' && route.endsWith(own)),
  );
  return others.length > 0 ? undefined : pattern?.slice(0, -LAST.length);
}
