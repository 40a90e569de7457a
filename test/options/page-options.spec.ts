import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MaintenanceOptionsError } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';

const link = { text: 'Status', href: '/status' };

afterEach(removeDirectories);

async function refusal(response: object, path: string): Promise<string> {
  const error = await bootError({ response });
  expect(error).toBeInstanceOf(MaintenanceOptionsError);
  expect(error).toMatchObject({ path });
  return String(error);
}

describe('The options of the page', () => {
  it.each([
    ['product', { product: '' }, 'a text of 1 to 100 characters'],
    ['product', { product: 'two\nlines' }, 'without control characters'],
    ['accentColor', { accentColor: 'orange' }, 'a color such as "#b45309", got "orange"'],
    [
      'accentColor',
      { accentColor: '#ffcc00' },
      'at least 3:1 to white (WCAG 2.2, 1.4.11), got "#ffcc00" with 1.5',
    ],
    ['accentColor', { accentColor: '#959595' }, 'with 2.99:1'],
    ['contact.href', { contact: { text: 'Mail' } }, 'expected a URL or a path, got nothing'],
    ['contact.text', { contact: { href: '/mail' } }, 'expected a text, got nothing'],
    ['contact.href', { contact: { ...link, href: 'javascript:alert(1)' } }, 'http, https, mailto or tel'],
    ['links[1].href', { links: [link, { ...link, href: 'data:text/html,x' }] }, 'mailto or tel URL'],
    ['links[0].href', { links: [{ ...link, href: '//evil.example' }] }, 'a path such as "/status"'],
    ['links[0].href', { links: [{ ...link, href: '/\\evil.example' }] }, 'a path such as "/status"'],
    ['links[0].href', { links: [{ ...link, href: 'status' }] }, 'a path such as "/status"'],
    ['links', { links: Array.from({ length: 11 }, () => link) }, 'at most 10 links, got 11'],
    ['messages.de_AT', { messages: { de_AT: {} } }, 'a language tag such as "de" or "pt-BR"'],
    ['messages.de.title', { messages: { de: { title: 'x' } } }, 'one of heading, headingOf'],
    ['messages.de.heading', { messages: { de: { heading: '' } } }, 'a text of 1 to 1000'],
    ['messages.de.until', { messages: { de: { until: 'Bald' } } }, 'a text that contains {time}'],
    ['messages.de.headingOf', { messages: { de: { headingOf: 'Bald' } } }, 'a text that contains {product}'],
    ['title', { title: 'Shop' }, 'one of product, logo, accentColor, contact, links, messages'],
  ])('refuse %s: %j', async (path, page, why) => {
    expect(await refusal({ page }, `response.page.${path}`)).toContain(why);
  });

  it.each([
    {
      product: 'Läden & Söhne',
      accentColor: '#b45',
      contact: { text: 'Call', href: 'tel:+44-20-7946-0018' },
    },
    { links: [link, { ...link, href: 'HTTPS://status.example' }, { ...link, href: 'mailto:a@b.example' }] },
    { messages: { 'pt-BR': { dismiss: 'Fechar' }, 'zh-Hant-HK': {} } },
  ])('take %j', async (page) => {
    expect(await bootError({ response: { page } })).toBe('it booted');
  });

  it.each<[name: string, content: string | Buffer, outcome: RegExp]>([
    ['logo.svg', '<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', /it booted/],
    ['logo.png', Buffer.from('\x89PNG\r\n\x1a\n...', 'latin1'), /it booted/],
    ['logo.jpg', Buffer.from('\xff\xd8\xff...', 'latin1'), /it booted/],
    ['logo.gif', 'GIF89a...', /it booted/],
    ['logo.webp', 'RIFF....WEBP', /it booted/],
    ['an HTML file', '<!doctype html><p>svg</p>', /got ".*": it is none of these/],
    ['an empty file', '', /it is none of these/],
    ['a big file', `<svg>${' '.repeat(65_536)}</svg>`, /at most 64 kB, got ".*": it has 65547 bytes/],
  ])('refuse or take %s as the logo', async (_, content, outcome) => {
    const logo = join(await makeDirectory(), 'logo');
    await writeFile(logo, content);
    expect(String(await bootError({ response: { page: { logo } } }))).toMatch(outcome);
  });

  it('refuse a logo that does not exist', async () => {
    expect(await refusal({ page: { logo: '/nowhere/logo.svg' } }, 'response.page.logo')).toMatch(/ENOENT/);
  });
});

describe('The policy of the page', () => {
  it.each([
    ['contentSecurityPolicy.img src', { 'img src': [] }, 'the name of a directive'],
    ['contentSecurityPolicy.img-src', { 'img-src': 'x' }, 'expected an array'],
    ['contentSecurityPolicy.img-src[0]', { 'img-src': ['a; script-src *'] }, 'a source such as'],
    ['contentSecurityPolicy.img-src[0]', { 'img-src': ['a,b'] }, 'a source such as'],
    ['contentSecurityPolicy.img-src[0]', { 'img-src': [''] }, 'a source such as'],
  ])('refuses %s: %j', async (path, contentSecurityPolicy, why) => {
    expect(await refusal({ contentSecurityPolicy }, `response.${path}`)).toContain(why);
  });

  it.each(['x', '/problems', 'https://a b', 5])('refuses the problem type %j', async (problemType) => {
    expect(await refusal({ problemType }, 'response.problemType')).toContain('expected an absolute URI');
  });

  const headers = { 'content-Security-policy': "default-src 'self'" };

  it('cannot be replaced by a header that would disable the parts of the page', async () => {
    const why = await refusal({ headers }, 'response.headers.content-Security-policy');
    expect(why).toContain('Use "response.contentSecurityPolicy"');
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<style>p { margin: 0 }</style>{{reason}}');
    await refusal({ headers, template }, 'response.headers.content-Security-policy');
    await writeFile(template, '{{> reload}}');
    await refusal({ headers, template }, 'response.headers.content-Security-policy');
  });

  it('may be replaced for a page without such parts, and for JSON alone', async () => {
    expect(await bootError({ response: { headers, type: 'json' } })).toBe('it booted');
    const template = join(await makeDirectory(), 'page.hbs');
    await writeFile(template, '<p>{{reason}}</p>');
    expect(await bootError({ response: { headers, template } })).toBe('it booted');
  });
});
