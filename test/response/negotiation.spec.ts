import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { MaintenanceService } from '../../lib/index.js';
import { HTML, PageController } from '../support/pages.js';
import { closeApps, platforms } from '../support/platforms.js';

type Expected = 'html' | 'problem+json' | 'json';
const TYPES = {
  html: 'text/html; charset=utf-8',
  'problem+json': 'application/problem+json; charset=utf-8',
  json: 'application/json; charset=utf-8',
};

describe.each(platforms)('The format of the response on %s', (_, createApp) => {
  let url = '';
  beforeAll(async () => {
    const created = await createApp({ controllers: [PageController] });
    await created.get(MaintenanceService).enable();
    ({ url } = created);
  });
  afterAll(closeApps);

  it.each<[client: string, accept: string | undefined, expected: Expected]>([
    ['Chrome', HTML.Accept, 'html'],
    ['Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['Safari', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['a browser for an image', 'image/avif,image/webp,image/apng,image/*,*/*;q=0.8', 'problem+json'],
    ['a browser for a style sheet', 'text/css,*/*;q=0.1', 'problem+json'],
    ['curl and fetch', '*/*', 'problem+json'],
    ['axios', 'application/json, text/plain, */*', 'problem+json'],
    ['jQuery getJSON', 'application/json, text/javascript, */*; q=0.01', 'problem+json'],
    ['an event source', 'text/event-stream', 'problem+json'],
    ['nobody in particular', undefined, 'problem+json'],
    ['an empty header', '', 'problem+json'],
    // By name.
    ['plain HTML', 'text/html', 'html'],
    ['only XHTML', 'application/xhtml+xml', 'html'],
    ['upper case', 'TEXT/HTML', 'html'],
    ['JSON', 'application/json', 'json'],
    ['JSON in a character set', 'application/json;charset=utf-8', 'json'],
    ['problem details', 'application/problem+json', 'problem+json'],
    ['both kinds of JSON', 'application/json, application/problem+json', 'problem+json'],
    ['no problem details', 'application/json, application/problem+json;q=0', 'json'],
    ['no problem details, by name against a wildcard', 'application/problem+json;q=0, */*', 'json'],
    ['any application', 'application/*', 'problem+json'],
    ['JSON, but any application as well', 'application/json, application/*;q=0.1', 'problem+json'],
    ['any text, which does not name HTML', 'text/*', 'problem+json'],
    ['what we do not have', 'image/png', 'problem+json'],
    // By preference.
    ['HTML and JSON alike, HTML first', 'text/html, application/json', 'html'],
    ['HTML and JSON alike, JSON first', 'application/json, text/html', 'json'],
    ['rather JSON', 'text/html;q=0.5, application/json', 'json'],
    ['rather HTML', 'application/json;q=0.5, text/html;q=0.6', 'html'],
    ['rather XHTML', 'application/json;q=0.5, text/html;q=0.4, application/xhtml+xml;q=0.6', 'html'],
    ['HTML as a name, the rest by a wildcard', '*/*, text/html', 'html'],
    ['rather anything than HTML', '*/*, text/html;q=0.5', 'problem+json'],
    ['no HTML', 'text/html;q=0', 'problem+json'],
    ['no HTML, whatever else', 'text/html;q=0.000, */*;q=0.1', 'problem+json'],
    ['nothing at all', '*/*;q=0', 'problem+json'],
    ['spaces around the weight', 'text/html ; q=0.9 , application/json ; q=0.8', 'html'],
    // Malformed: as if it were not there.
    ['a weight that is no number', 'text/html;q=high', 'problem+json'],
    ['a weight above one', 'text/html;q=1.5, application/json;q=0.1', 'json'],
    ['a negative weight', 'text/html;q=-1', 'problem+json'],
    ['half a type', 'html, application/json', 'json'],
    ['a type of three parts', 'text/html/x', 'problem+json'],
    ['only separators', ';;,,/,;q', 'problem+json'],
    ['an open quote', '"text/html', 'problem+json'],
    // What stands in quotes is no list.
    ['a quoted comma', 'application/json;x="a, text/html;q=1";q=0.9', 'json'],
    ['a quoted semicolon', 'text/html;x="a;q=0", application/json;q=0.5', 'html'],
    ['an escaped quote', 'text/html;x="a\\", application/json", application/json;q=0.5', 'html'],
    ['markup', 'text/html"><script>', 'problem+json'],
  ])('for %s (%s) is %s', async (__, accept, expected) => {
    const asked = request(url).get('/page');
    if (accept !== undefined) asked.set('Accept', accept);
    const response = await asked.expect(503);
    expect(response.headers['content-type']).toBe(TYPES[expected]);
  });
});
