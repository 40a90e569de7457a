import { describe, expect, it } from '@jest/globals';
import { ExemptPaths } from '../../lib/validation/matchers.js';

describe('ExemptPaths', () => {
  it.each<[patterns: unknown[], url: string]>([
    [['/health'], '/health'],
    [['/health'], '/health/'],
    [['/health/'], '/health'],
    [['/health'], '/HEALTH'],
    [['/Health'], '/health'],
    [['/health'], '/health?full=1'],
    [['/health'], '/health/beneath'],
    [['/closed', '/api/v1/health'], '/api/v1/health'],
    [['/'], '/'],
    [['/'], '/?a=/b'],
    // Where a pattern stops being literal, anything may follow.
    [['/users/:id'], '/users/5'],
    [['/users/:id/name'], '/users/5/name'],
    [['/users/:id'], '/users'],
    [['/users/*'], '/users/a/b'],
    [['/users/*rest'], '/users/a'],
    [['/users{/:id}'], '/users'],
    [['/users{/:id}'], '/users/5'],
    [['/users/page-:number'], '/users/page-5'],
    [['/users/(^\\d+$)'], '/users/5'],
    [['/:section'], '/anything'],
    [['/*'], '/anything/at/all'],
    [['/user{s}'], '/users'],
    [['{*path}'], '/anything'],
    [[''], '/anything'],
    [[/^\/health$/], '/anything'],
    [[null], '/anything'],
    // What routers may decode, cut off or merge.
    [['/health'], '/%68ealth'],
    [['/health'], '//health'],
    [['/a/b'], '/a//b'],
    [['/health'], '/health;v=1'],
    [['/health'], '/health#top'],
    [['/health'], 'http://example.com/health'],
    [['/health'], '\\health'],
    [['/health'], '/\u00e9'],
    [['/health'], '*'],
    [['/health'], ''],
    [['/health'], '?health'],
  ])('for the patterns %j, %s may be exempt', (patterns, url) => {
    expect(new ExemptPaths(patterns).mayHave(url)).toBe(true);
  });

  it.each<[patterns: unknown[], url: string]>([
    [[], '/health'],
    [['/health'], '/'],
    [['/health'], '/healthy'],
    [['/health'], '/page/health'],
    [['/health'], '/page?next=/health'],
    [['/'], '/page'],
    [['/users/:id'], '/user/5'],
    [['/users{/:id}'], '/usersandmore'],
    [['/api/v1/health'], '/api/v1'],
    [['/health'], "/a-page_with.all~the!$&'()*+,=:@signs"],
  ])('for the patterns %j, %s is not exempt', (patterns, url) => {
    expect(new ExemptPaths(patterns).mayHave(url)).toBe(false);
  });
});
