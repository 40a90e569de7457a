import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../lib/cli/arguments.js';
import { distanceBetween, suggestion } from '../../lib/cli/option-table.js';
import { parseDuration, spanInWords, timeOf } from '../../lib/cli/terminal.js';

const START = '2099-01-01T00:00:00Z';
const END = '2099-01-02T00:00:00Z';
const place = { file: undefined, config: undefined, url: undefined, headers: [] };
const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

describe('parseDuration', () => {
  it.each([
    ['1s', 1000],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s', 93_784_000],
    ['090m', 5_400_000],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '30',
    'm',
    '0m',
    '0h0m',
    '30 m',
    ' 30m',
    '30M',
    '-30m',
    '1.5h',
    '30m1h',
    '30min',
    '1h1h',
    '1e3s',
    '12345d',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('timeOf', () => {
  const now = Date.UTC(2026, 10, 21, 3);

  it.each([
    ['+10m', '2026-11-21T03:10:00.000Z'],
    ['+1d2h', '2026-11-22T05:00:00.000Z'],
    ['2026-11-21T04:00:00+01:00', '2026-11-21T03:00:00.000Z'],
  ])('%s is %s', (text, iso) => {
    expect(timeOf(text, '--start', now).toISOString()).toBe(iso);
  });

  it.each(['10m', '+', '+0m', '+10', '-10m', '+2026-11-21T04:00:00Z', 'tomorrow'])(
    '%j is no time',
    (text) => {
      expect(() => timeOf(text, '--start', now)).toThrow(`--start takes a time`);
    },
  );
});

describe('spanInWords', () => {
  it.each([
    [400, '0 seconds'],
    [1_000, '1 second'],
    [90_000, '90 seconds'],
    [120_000, '2 minutes'],
    [-5_400_000, '90 minutes'],
    [3 * 3_600_000, '3 hours'],
    [48 * 3_600_000, '2 days'],
  ])('%i milliseconds are %s', (ms, text) => {
    expect(spanInWords(ms)).toBe(text);
  });
});

describe('suggestion', () => {
  const known = ['on', 'off', 'status', 'history', 'read-only'];

  it.each([
    ['statsu', 'status'],
    ['STATUS', 'status'],
    ['of', 'off'],
    ['hisotry', 'history'],
    ['readonly', 'read-only'],
  ])('for %s is %s', (word, nearest) => {
    expect(suggestion(word, known)).toBe(`; did you mean "${nearest}"?`);
  });

  it.each(['frobnicate', 'x', ''])('for %j is nothing', (word) => {
    expect(suggestion(word, known)).toBe('');
  });

  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['abc', 'acb', 1],
    ['kitten', 'sitting', 3],
  ])('counts the changes from %j to %j', (a, b, distance) => {
    expect(distanceBetween(a, b)).toBe(distance);
    expect(distanceBetween(b, a)).toBe(distance);
  });
});

describe('parseArguments', () => {
  it.each([
    ['on', { name: 'on', interactive: false, withBypass: false, wait: null, options: {}, place }],
    ['on --interactive', { name: 'on', interactive: true, options: {}, place }],
    [`on --start ${START}`, { options: { startsAt: new Date(START) } }],
    [`on --end=${END}`, { options: { endsAt: new Date(END) } }],
    [`on --start ${START} --end ${END}`, { options: { startsAt: new Date(START), endsAt: new Date(END) } }],
    [`on --start ${START} --for 1d`, { options: { startsAt: new Date(START), endsAt: new Date(END) } }],
    ['on --reason R --scope S --read-only', { options: { reason: 'R', scope: 'S', mode: 'read-only' } }],
    ['on --reason=--force', { options: { reason: '--force' } }],
    ['on --file f', { place: { file: 'f', config: undefined } }],
    ['on --url http://x --header A:b --header C:d', { place: { url: 'http://x', headers: ['A:b', 'C:d'] } }],
    ['on --note N --by ann', { options: { note: 'N', by: 'ann' } }],
    [
      'on --allow-ip ::1 --allow-ip 10.0.0.0/8',
      { options: { allow: { ipAddresses: ['::1', '10.0.0.0/8'] } } },
    ],
    ['on --announce 2098-01-01T00:00:00Z', { options: { announceFrom: new Date('2098-01-01T00:00:00Z') } }],
    ['on --with-bypass', { withBypass: true }],
    ['on --wait-for http://a,http://b', { wait: { urls: ['http://a', 'http://b'], timeoutMs: 30_000 } }],
    ['run --wait-for=a --wait-for b --drain 1m -- x', { wait: { urls: ['a', 'b'], timeoutMs: 60_000 } }],
    ['on --url http://x --drain 5s', { wait: { urls: [], timeoutMs: 5_000 } }],
    ['list --json', { name: 'list', json: true }],
    ['history --json --limit 3', { name: 'history', json: true, limit: 3 }],
    ['history', { json: false, limit: undefined }],
    ['extend 30m --scope S', { name: 'extend', ms: 1_800_000, options: { scope: 'S' } }],
    ['update --reason R --full', { name: 'update', changes: { reason: 'R', mode: 'full' } }],
    ['update --end never --reason=', { changes: { endsAt: null, reason: null } }],
    ['update --for 15m', { changes: {}, lastsMs: 900_000 }],
    [
      `update --for 1d --start ${START}`,
      { changes: { startsAt: new Date(START), endsAt: new Date(END) }, lastsMs: undefined },
    ],
    ['update --note= --read-only', { changes: { note: null, mode: 'read-only' } }],
    ['page --out f --language de', { name: 'page', out: 'f', language: 'de' }],
    ['off', { name: 'off', interactive: false, options: {}, place }],
    ['off --all --note N', { options: { all: true, note: 'N' } }],
    [
      'off --scope S --interactive --config c',
      { interactive: true, options: { scope: 'S' }, place: { config: 'c' } },
    ],
    ['status', { name: 'status', json: false, scope: undefined, place }],
    ['status --json --scope S', { name: 'status', json: true, scope: 'S' }],
    ['run -- npm run migrate', { name: 'run', command: ['npm', 'run', 'migrate'], options: {} }],
    ['run --read-only -- on --help -- --file x', { command: words('on --help -- --file x'), place }],
  ])('understands %s', (line, command) => {
    expect(parseArguments(words(line))).toMatchObject(command);
  });

  it.each([
    '--help',
    '-h',
    'help',
    'help on',
    'on --help',
    'off -h',
    'status --help',
    'run -h',
    'run --help -- x',
    'x -h',
  ])('takes "%s" for a question for help', (line) => {
    expect(parseArguments(words(line))).toEqual({ name: 'help' });
  });

  it.each(['--version', 'version'])('takes "%s" for a question for the version', (line) => {
    expect(parseArguments(words(line))).toEqual({ name: 'version' });
  });

  it.each([
    ['', 'on, off, status, list, update, extend, history, run or page'],
    ['-- npm', 'a command is missing'],
    ['statsu', '"statsu" is no command; did you mean "status"?'],
    ['frobnicate', 'use on, off, status'],
    ['on --reson R', 'Unknown option --reson; did you mean "--reason"?'],
    ['on --json', '--json belongs to status, list and history, not to on'],
    ['status --all', '--all belongs to off, not to status'],
    ['off --all --scope S', '--all and --scope'],
    ['on --url http://x --file y', '--file and --url'],
    ['on --url=', '--url'],
    ['on --by=', '--by'],
    ['on --allow-ip 10.0.0.0/33', '--allow-ip'],
    ['on --start +5m --wait-for http://a', '--start'],
    ['on --wait-for a,,b', '--wait-for'],
    ['on --drain soon', '--drain'],
    ['on --end never', '--end'],
    ['update', 'something to change'],
    ['update --scope S', 'something to change'],
    ['update --full --read-only', '--full and --read-only'],
    ['update --end never --for 1h', '--end and --for'],
    ['extend', 'extend takes one duration'],
    ['extend 30m 10m', 'extend takes one duration'],
    ['extend soon', '"soon"'],
    ['history --limit 0', '--limit'],
    ['history --limit x', '--limit'],
    ['page', '--out'],
    ['page --file x --out y', '--file'],
    ['ON', '"ON"'],
    ['--file x', '"--file"'],
    ['on now', 'now'],
    ['on --for', '--for'],
    ['on --for 30', '"30"'],
    ['on --for=', '""'],
    ['on --for 1h --end 2099-01-01T00:00:00Z', '--end and --for'],
    ['on --start 2099-01-01', '--start'],
    ['on --start 2099-01-01T00:00:00', 'Z'],
    ['on --end 2099-02-30T00:00:00Z', '--end'],
    ['on --read-only=no', '--read-only'],
    ['on -- npm', 'run'],
    ['off --start 2099-01-01T00:00:00Z', '--start'],
    ['run --start 2099-01-01T00:00:00Z -- true', '--start'],
    ['off --end=2099-01-01T00:00:00Z', '--end'],
    ['off --for 1h', '--for'],
    ['off --reason R', '--reason'],
    ['status --read-only', '--read-only'],
    ['status --interactive', '--interactive'],
    ['run', '"--"'],
    ['run --', '"--"'],
    ['run --interactive -- npm', '--interactive'],
    ['run now -- npm', 'now'],
    ['run npm run migrate', '"--"'],
    ['on --scope=', '--scope'],
    ['off --scope=', '--scope'],
    ['status --scope=', '--scope'],
    ['run --scope= -- npm', '--scope'],
    ['on --reason -x', '--reason=-XYZ'],
    ['on --end 03:00', '"03:00"'],
    ['status --file a --config b', '--config'],
    ['status --file=', '--file'],
    ['status --config=', '--config'],
  ])('refuses "%s" and says %s', (line, message) => {
    expect(() => parseArguments(words(line))).toThrow(message);
  });

  it('refuses a reason that no record could keep', () => {
    expect(parseArguments(['on', '--reason', 'x'.repeat(2000)])).toMatchObject({ name: 'on' });
    expect(() => parseArguments(['on', '--reason', 'x'.repeat(2001)])).toThrow('--reason');
  });
});
