import { createHash } from 'node:crypto';

/** The texts of the inline elements of a page that are the same each time it is sent. */
export interface InlineTexts {
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
}

/** What a page may do: its own static styles and scripts by hash, files of this origin, nothing else. */
export function contentSecurityPolicy({ scripts, styles }: InlineTexts): string {
  const directives = [
    "default-src 'none'",
    `script-src 'self' ${hashes(scripts)}`,
    `style-src 'self' ${hashes(styles)}`,
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
  ];
  return directives.map((directive) => directive.trimEnd()).join('; ');
}

function hashes(texts: readonly string[]): string {
  return texts
    .map((text) => `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`)
    .join(' ');
}
