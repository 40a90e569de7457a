import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { MaintenanceModule, MaintenanceOptionsError, MemoryStorage } from '../../lib/index.js';

async function boot(template: string): Promise<void> {
  const imports = [MaintenanceModule.forRoot({ storage: new MemoryStorage(), response: { template } })];
  const testing = await Test.createTestingModule({ imports }).compile();
  await testing.close();
}

describe('response.template', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'maintenance-'))));
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['does not close a block', '{{#if reason}}open', /Parse error/],
    ['has a broken expression', '{{reason', /Parse error/],
    ['calls a helper that does not exist', '{{shout reason}}', /Missing helper: "shout"/],
    ['includes a partial that does not exist', '{{> header}}', /partial header could not be found/],
    ['calls one if there is a scope', '{{#if scope}}{{shout scope}}{{/if}}', /Missing helper: "shout"/],
    ['calls one if there is no scope', '{{#unless scope}}{{shout 1}}{{/unless}}', /Missing helper/],
    ['calls one if there is no reason', '{{#if reason}}{{else}}{{shout 1}}{{/if}}', /Missing helper/],
    ['calls one if there is no end', '{{#unless endsAt}}{{shout 1}}{{/unless}}', /Missing helper/],
    ['calls one in read-only mode', '{{#if (eq mode "read-only")}}{{shout 1}}{{/if}}', /Missing helper/],
    ['includes a partial if there is no start', '{{#unless startsAt}}{{> x}}{{/unless}}', /partial x/],
    ['is EJS', '<p><%= reason %></p>', /contains "<%= reason %>", which looks like EJS.*\{\{reason\}\}/],
    [
      'is Nunjucks',
      '{% if reason %}{{ reason }}{% endif %}',
      /"\{% if reason %\}", which looks like Nunjucks/,
    ],
    ['compares with nothing', '{{#if}}x{{/if}}', /#if requires exactly one argument/],
  ])('that %s fails at boot and says why', async (_, source, why) => {
    const path = join(folder, 'broken.hbs');
    await writeFile(path, source);
    const error: unknown = await boot(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: 'response.template' });
    expect(String(error)).toMatch(/expected .*Handlebars file, got/);
    expect(String(error)).toMatch(why);
  });

  it.each([
    ['that does not exist', 'nowhere.hbs', /ENOENT/],
    ['that is a folder', '.', /EISDIR/],
  ])('%s fails at boot', async (_, name, why) => {
    const error: unknown = await boot(join(folder, name)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MaintenanceOptionsError);
    expect(error).toMatchObject({ path: 'response.template' });
    expect(String(error)).toMatch(why);
  });

  it('that compiles boots', async () => {
    const path = join(folder, 'good.hbs');
    await writeFile(path, '<h1>{{reason}}</h1>');
    await expect(boot(path)).resolves.toBeUndefined();
  });
});
