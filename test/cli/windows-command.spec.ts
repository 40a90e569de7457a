import { describe, expect, it } from '@jest/globals';
import { windowsCommand } from '../../lib/cli/commands.js';

const ENV = { Path: 'C:\\Windows;"C:\\Program Files\\nodejs"', PATHEXT: '.EXE;.CMD', ComSpec: 'C:\\cmd.exe' };
const FILES = [
  'C:\\Program Files\\nodejs\\npm',
  'C:\\Program Files\\nodejs\\npm.CMD',
  'C:\\Program Files\\nodejs\\node.EXE',
  'scripts\\migrate.cmd',
  'tool.CMD',
];

const lineOf = (command: readonly string[], env: Record<string, string> = ENV) =>
  windowsCommand(command, env, (path) => FILES.includes(path));

/** What cmd.exe is given behind its switches. */
const batchLine = (...args: string[]): string | undefined => lineOf(['npm', ...args]).args.at(-1);

describe('a command on Windows', () => {
  it('that is a program is started as it is', () => {
    expect(lineOf(['node', '-e', 'a "b"'])).toEqual({
      program: 'C:\\Program Files\\nodejs\\node.EXE',
      args: ['-e', 'a "b"'],
      isVerbatim: false,
    });
  });

  it('that is a batch file is run by cmd.exe: not the shell script beside it, which has no extension', () => {
    expect(lineOf(['npm', 'run', 'migrate'])).toEqual({
      program: 'C:\\cmd.exe',
      args: ['/e:on', '/v:off', '/d', '/s', '/c', '""C:\\Program Files\\nodejs\\npm.CMD" "run" "migrate""'],
      isVerbatim: true,
    });
  });

  it.each([
    [['scripts/migrate.cmd'], 'scripts\\migrate.cmd'],
    [['tool'], 'tool.CMD'],
  ])('%j is found as %s', (command, file) => {
    expect(lineOf(command).args.at(-1)).toBe(`""${file}""`);
  });

  it('that nobody finds is left to the system, which says so', () => {
    expect(lineOf(['missing', 'x'])).toEqual({ program: 'missing', args: ['x'], isVerbatim: false });
  });

  it('needs no variables', () => {
    expect(lineOf(['tool'], {}).program).toBe('cmd.exe');
  });

  it.each([
    ['a b', '"a b"'],
    ['', '""'],
    ['say "hi"', '"say ""hi"""'],
    ['100%', '"100%%cd:~,%"'],
    ['a&b|c>d^e', '"a&b|c>d^e"'],
    ['C:\\dir\\', '"C:\\dir\\\\"'],
  ])('gets %j as %s', (arg, quoted) => {
    expect(batchLine(arg)).toBe(`""C:\\Program Files\\nodejs\\npm.CMD" ${quoted}"`);
  });

  it.each(['a\nb', 'a\rb', 'a\0b'])('refuses %j, which no batch file can receive', (arg) => {
    expect(() => batchLine(arg)).toThrow('line break');
  });
});
