import { describe, expect, it } from '@jest/globals';
import { parseRecord, RecordParseError } from '../../lib/state/record-format.js';

/** The own format, with something else in place of its members. */
function own(members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ version: 1, revision: 1, application: { state: 'on' }, ...members });
}
const ownEntry = (members: Readonly<Record<string, unknown>>): string =>
  own({ application: { state: 'on', ...members } });
const scheduled = (startsAt: string, endsAt: string): string =>
  ownEntry({ state: 'scheduled', startsAt, endsAt });
const NINE = '2026-11-21T09:00:00Z';

/** What parsing fails with. */
function failureOf(text: string): unknown {
  try {
    return parseRecord(text);
  } catch (error) {
    return error;
  }
}

it('The message about a name has no characters that control a terminal or begin a line', () => {
  const hostile = `\u001b]0;title\u0007\r\n\u2028[Nest] a line`;
  const failure = failureOf(own({ [hostile]: 1 }));
  expect(failure).toBeInstanceOf(RecordParseError);
  expect(String(failure)).toContain('[Nest] a line');
  expect(String(failure)).not.toMatch(/[\p{Cc}\p{Zl}]/u);
});

describe('parseRecord refuses', () => {
  it.each<[what: string, text: string, message: string]>([
    ['no text', '', 'expected 0, 1 or a JSON record, got no text'],
    ['white space', ' \n', 'got no text'],
    ["django's test text", 'test', '"test"'],
    ['another number', '2', 'expected an object'],
    ['two digits', '10', 'expected an object'],
    ['a number with a sign', '-0', 'expected an object'],
    ['a fraction', '1.0', 'expected an object'],
    ['a quoted digit', '"1"', 'expected an object'],
    ['true', 'true', 'expected an object'],
    ['null', 'null', 'null'],
    ['an array', '[]', 'an array'],
    ['an empty object', '{}', 'version'],
    ['a half-written record', own({}).slice(0, -1), 'expected 0, 1 or a JSON record'],
    ['two records', own({}) + own({}), 'expected 0, 1 or a JSON record'],
    ['HTML', '<html></html>', 'expected 0, 1 or a JSON record'],
    ['binary', '\0\u0001\u0002', 'expected 0, 1 or a JSON record'],

    ['a newer version', own({ version: 2 }), 'version: expected the format version 1, got 2'],
    ['a version as text', own({ version: '1' }), 'version'],
    ['no version', JSON.stringify({ revision: 1, application: { state: 'on' } }), 'version'],
    ['no revision', JSON.stringify({ version: 1, application: { state: 'on' } }), 'revision'],
    ['no application', JSON.stringify({ version: 1, revision: 1 }), 'application'],
    ['a negative revision', own({ revision: -1 }), 'revision'],
    ['a fraction of a revision', own({ revision: 1.5 }), 'revision'],
    ['a revision that is no safe number', own({ revision: 2 ** 53 }), 'revision'],
    ['an unknown member', own({ surprise: 1 }), 'surprise: '],
    ['an unknown member of an entry', ownEntry({ surprise: 1 }), 'application.surprise: '],

    ['no state', own({ application: {} }), 'application.state'],
    ['an unknown state', ownEntry({ state: 'active' }), 'application.state'],
    ['a state in capitals', ownEntry({ state: 'ON' }), 'application.state'],
    ['an unknown mode', ownEntry({ mode: 'partial' }), 'application.mode'],
    ['a reason that is an object', ownEntry({ reason: { toHTML: 'x' } }), 'application.reason'],
    ['a reason that is a number', ownEntry({ reason: 1 }), 'application.reason'],
    ['reasons that are a text', ownEntry({ reasons: 'x' }), 'application.reasons: expected an object'],
    ['reasons that are a list', ownEntry({ reasons: ['x'] }), 'application.reasons: expected an object'],
    [
      'reasons in no language',
      ownEntry({ reasons: {} }),
      'application.reasons: expected a text for at least',
    ],
    ['reasons in an unknown way', ownEntry({ reasons: { 'not a tag': 'x' } }), 'a language tag such as'],
    ['reasons in an endless tag', ownEntry({ reasons: { ['de-'.repeat(99_999)]: 'x' } }), 'a language tag'],
    ['a reason by language that is an object', ownEntry({ reasons: { en: { toHTML: 'x' } } }), 'reasons.en'],
    ['a reason by language that is null', ownEntry({ reasons: { en: null } }), 'application.reasons.en'],
    ['a reason by language that is blank', ownEntry({ reasons: { en: ' ' } }), 'application.reasons.en'],
    ['a reason by language that is too long', ownEntry({ reasons: { en: 'x'.repeat(2001) } }), 'reasons.en'],
    [
      '__proto__ as a language',
      '{"version":1,"revision":1,"application":{"state":"on","reasons":{"__proto__":"x"}}}',
      'application.reasons.__proto__',
    ],
    [
      'too much text in all languages',
      ownEntry({
        reasons: Object.fromEntries(['ar', 'de', 'en', 'fr'].map((tag) => [tag, '\u0001'.repeat(2000)])),
      }),
      'at most 20000 characters in all languages',
    ],
    [
      '101 languages',
      ownEntry({ reasons: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`en-x-${n}`, 'x'])) }),
      'at most 100 languages',
    ],
    ['a reason that is too long', ownEntry({ reason: 'x'.repeat(2001) }), 'application.reason'],
    ['an author that is an array', ownEntry({ by: ['ada'] }), 'application.by'],
    ['an author that is too long', ownEntry({ by: 'x'.repeat(201) }), 'application.by'],
    ['a start that is a number', ownEntry({ startsAt: 0 }), 'application.startsAt'],
    ['a start without an offset', ownEntry({ startsAt: '2026-11-21T09:00:00' }), 'application.startsAt'],
    ['an end on 30 February', ownEntry({ endsAt: '2026-02-30T09:00:00Z' }), 'application.endsAt'],
    ['a schedule without a start', ownEntry({ state: 'scheduled' }), 'application.startsAt'],
    ['a window that is empty', scheduled(NINE, NINE), 'application.endsAt'],
    ['a window that ends before it starts', scheduled(NINE, '2026-11-21T08:59:59Z'), 'application.endsAt'],
    ['scopes that are an array', own({ scopes: [] }), 'scopes'],
    ['a scope that is a number', own({ scopes: { billing: 1 } }), 'scopes.billing'],
    ['a scope without a name', own({ scopes: { '': { state: 'on' } } }), 'scopes'],
    ['an empty key', own({ key: '' }), 'key'],
    ['a key that is too long', own({ key: 'x'.repeat(101) }), 'key'],
    ['marks that are a list', own({ marks: ['1.a'] }), 'marks'],
    ['marks without a revision', own({ marks: 'a b' }), 'marks'],
    ['65 marks', own({ marks: Array.from({ length: 65 }, (_, n) => `${n}.a`).join(' ') }), 'marks'],
    ['an activation that is an object', own({ activation: {} }), 'activation'],

    ['django without a date', '{"start": null, "end": null}', 'a start or an end'],
    ['django with another member', `{"start": "${NINE}", "surprise": 1}`, 'surprise'],
    ['django with a number', '{"start": 1}', 'start'],
    ['django without an offset', '{"start": "2026-11-21T09:00:00", "end": null}', 'start'],
    ['django with an empty window', `{"start": "${NINE}", "end": "${NINE}"}`, 'schedule.endsAt'],

    [
      '__proto__ as a member',
      '{"version":1,"revision":1,"application":{"state":"on"},"__proto__":{}}',
      '__proto__',
    ],
    [
      '__proto__ in an entry',
      '{"version":1,"revision":1,"application":{"__proto__":{"state":"on"}}}',
      '__proto__',
    ],
    [
      '__proto__ as a scope',
      '{"version":1,"revision":1,"application":{"state":"on"},"scopes":{"__proto__":{"state":"on"}}}',
      'scopes.__proto__',
    ],
    ['constructor as a member', own({ constructor: {} }), 'constructor'],
    ['toString as a member', own({ toString: 1 }), 'toString'],
    ['toHTML as a member', own({ toHTML: '<script>' }), 'toHTML'],
    ['toHTML in an entry', ownEntry({ toHTML: '<script>' }), 'application.toHTML'],

    ['10 MB of reason', ownEntry({ reason: 'x'.repeat(10_000_000) }), 'characters that a record can have'],
    ['arrays in arrays', '['.repeat(100_000) + ']'.repeat(100_000), 'an array'],
    ['arrays in arrays that never end', '['.repeat(100_000), 'expected 0, 1 or a JSON record'],
    ['objects in objects', '{"a":'.repeat(40_000) + '1' + '}'.repeat(40_000), 'a: '],
    [
      'objects in the reason',
      `{"version":1,"revision":1,"application":{"state":"on","reason":${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}}}`,
      'application.reason',
    ],
  ])('%s, and says what is wrong', (_, text, message) => {
    const failure = failureOf(text);
    expect(failure).toBeInstanceOf(RecordParseError);
    expect(failure).toMatchObject({ message: expect.stringContaining(message) });
    // One line of a log.
    expect((failure as Error).message.length).toBeLessThan(250);
  });

  it('nothing of constructor as the name of a scope, which is just a name', () => {
    const { scopes } = parseRecord(own({ scopes: { constructor: { state: 'on' } } }));
    expect([...scopes.keys()]).toEqual(['constructor']);
  });

  it('without a trace in the prototypes of this process', () => {
    failureOf('{"version":1,"revision":1,"application":{"state":"on"},"__proto__":{"polluted":1}}');
    failureOf(
      '{"version":1,"revision":1,"application":{"state":"on"},"constructor":{"prototype":{"polluted":1}}}',
    );
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
