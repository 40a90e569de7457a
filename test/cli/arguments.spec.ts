import { describe, expect, it } from '@jest/globals';
import { parseArguments, parseDuration } from '../../lib/cli/arguments.js';

const START = '2099-01-01T00:00:00Z';
const END = '2099-01-02T00:00:00Z';
const storage = { file: undefined, config: undefined };
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

describe('parseArguments', () => {
  it.each([
    ['on', { name: 'on', interactive: false, options: {}, storage }],
    ['on --interactive', { name: 'on', interactive: true, options: {}, storage }],
    [`on --start ${START}`, { options: { startsAt: new Date(START) } }],
    [`on --end=${END}`, { options: { endsAt: new Date(END) } }],
    [`on --start ${START} --end ${END}`, { options: { startsAt: new Date(START), endsAt: new Date(END) } }],
    [`on --start ${START} --for 1d`, { options: { startsAt: new Date(START), endsAt: new Date(END) } }],
    ['on --reason R --scope S --read-only', { options: { reason: 'R', scope: 'S', mode: 'read-only' } }],
    ['on --reason=--force', { options: { reason: '--force' } }],
    ['on --file f', { storage: { file: 'f', config: undefined } }],
    ['off', { name: 'off', interactive: false, scope: undefined, storage }],
    ['off --scope S --interactive --config c', { interactive: true, scope: 'S', storage: { config: 'c' } }],
    ['status', { name: 'status', json: false, scope: undefined, storage }],
    ['status --json --scope S', { name: 'status', json: true, scope: 'S' }],
    ['run -- npm run migrate', { name: 'run', command: ['npm', 'run', 'migrate'], options: {} }],
    ['run --read-only -- on --help -- --file x', { command: words('on --help -- --file x'), storage }],
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
    ['', 'on, off, status or run'],
    ['-- npm', 'on, off, status or run'],
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
    ['on --json', '--json'],
    ['on -- npm', 'run'],
    ['off --start 2099-01-01T00:00:00Z', '--start'],
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
