import type { Exemption } from './exemption.js';
import { PathPrefixes } from './path-prefixes.js';
import { unambiguousPath } from '../validation/url-path.js';

/** Lets requests through by their path: prefixes, and regular expressions. Query and fragment are never looked at. */
export function ignoreUrls(urls: readonly (string | RegExp)[]): Exemption {
  const prefixes = new PathPrefixes(urls.filter((url) => typeof url === 'string'));
  const patterns = urls.filter((url) => url instanceof RegExp);
  return {
    name: 'urls',
    covers({ url }) {
      const path = unambiguousPath(url);
      return path !== null && (prefixes.cover(path) || patterns.some((pattern) => pattern.test(path)));
    },
  };
}
