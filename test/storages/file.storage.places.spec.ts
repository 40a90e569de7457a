import { mkdir, readFile, realpath, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FileStorage } from 'nestjs-maintenance-mode';
import { scriptOf } from '../support/built.js';
import { describeWithMounts, runWithMounts } from '../support/mounts.js';
import { bootContext, closeContexts } from '../support/state-context.js';
import { makeDirectory, removeDirectories } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

afterEach(async () => {
  await closeContexts();
  await removeDirectories();
});

interface Report {
  readonly seen: readonly string[];
  readonly logs: readonly string[];
  readonly stale: boolean;
}

const run = promisify(execFile);
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

/** Changes the state in a process that sees other mounts: `$host` and `$container` are folders, `$node` makes the changes. */
async function change(script: string, ...changes: string[]): Promise<Report & { readonly host: string }> {
  const directory = await makeDirectory();
  const [host, container] = [join(directory, 'host'), join(directory, 'container')];
  for (const path of [host, container]) await mkdir(path);
  await writeFile(join(host, 'state.json'), '0');
  await writeFile(join(container, 'state.json'), '');
  const names = 'host=$1; container=$2; node=$3; script=$4; shift 4;';
  const { stdout } = await runWithMounts(
    `${names} ${script}`,
    host,
    container,
    process.execPath,
    scriptOf('file-changes'),
    ...changes,
  );
  return { ...(JSON.parse(stdout) as Report), host };
}

/** What kubelet does: a new folder, a link to it, and a rename of the link over the old one. */
async function publish(volume: string, revision: number, text: string): Promise<void> {
  const folder = `..revision_${revision}`;
  await mkdir(join(volume, folder));
  await writeFile(join(volume, folder, 'state.json'), text);
  await symlink(folder, join(volume, '..data_tmp'));
  await rename(join(volume, '..data_tmp'), join(volume, '..data'));
  await rm(join(volume, `..revision_${revision - 1}`), { recursive: true, force: true });
}

/** Changes the state in a process with Node's permission model, which may read this repository, and what the flags say. */
async function changeWith(
  flags: (folder: string) => string[],
  ...changes: string[]
): Promise<Report & { path: string }> {
  const folder = await realpath(await makeDirectory());
  const path = join(folder, 'state.json');
  await writeFile(path, '0');
  const code = await realpath('.');
  const allowed = [PERMISSION, `--allow-fs-read=${code}/*`, ...flags(folder)];
  const { stdout } = await run(process.execPath, [...allowed, scriptOf('file-changes'), path, ...changes]);
  return { ...(JSON.parse(stdout) as Report), path };
}

const allowFolder = (folder: string): string[] => [
  `--allow-fs-read=${folder}/*`,
  `--allow-fs-write=${folder}/*`,
];
const allowFile = (folder: string): string[] => [
  `--allow-fs-read=${folder}/*`,
  `--allow-fs-write=${join(folder, 'state.json')}`,
];

const MOUNT_FILE = 'mount --bind "$host/state.json" "$container/state.json";';
const CHANGE = '"$node" "$script" "$container/state.json" "$@"';

describeWithMounts('A state file that is mounted by itself', () => {
  it('is written in place, and one warning says what that means', async () => {
    const { host, seen, logs } = await change(`${MOUNT_FILE} ${CHANGE}`, 'enable', 'disable', 'enable');
    expect(seen).toEqual(['active', 'off', 'active']);
    expect(await readFile(join(host, 'state.json'), 'utf8')).toMatch(/"state": "on"/);
    const warnings = logs.filter((line) => line.includes('in place'));
    expect(warnings).toEqual([expect.stringMatching(/EBUSY.*mount its folder instead/s)]);
  });

  it('is written in place also in a folder where nothing can be created', async () => {
    const readOnly = 'mount --bind "$container" "$container"; mount -o remount,ro,bind "$container";';
    const { host, seen, logs } = await change(`${readOnly} ${MOUNT_FILE} ${CHANGE}`, 'enable');
    expect(seen).toEqual(['active']);
    expect(await readFile(join(host, 'state.json'), 'utf8')).toMatch(/"state": "on"/);
    expect(logs).toEqual([expect.stringContaining('EROFS')]);
  });

  it('is replaced as usual if the rename is refused only for a moment', async () => {
    const { host, seen, logs } = await change(
      [
        `${MOUNT_FILE} ${CHANGE} &`,
        // Each attempt is refused until the mount is gone.
        'while ! ls -A "$container" | grep -q tmp; do :; done; sleep 0.1; umount "$container/state.json"; wait;',
        'cat "$container/state.json" >"$host/container"',
      ].join(' '),
      'enable',
    );
    expect(seen).toEqual(['active']);
    expect(logs).toEqual([]);
    expect(await readFile(join(host, 'state.json'), 'utf8')).toBe('0');
    expect(await readFile(join(host, 'container'), 'utf8')).toMatch(/"state": "on"/);
  });
});

describeWithMounts('A state file in a volume that is mounted read-only', () => {
  const READ_ONLY = 'mount --bind "$host" "$container"; mount -o remount,ro,bind "$container";';

  it('is followed; the boot warns that it cannot be changed, and a change says why', async () => {
    const { seen, logs, stale } = await change(`${READ_ONLY} ${CHANGE}`, 'refresh', 'enable');
    expect(seen).toEqual(['off', expect.stringMatching(/EROFS/)]);
    expect(logs).toEqual([expect.stringMatching(/folder of the maintenance state, cannot be written/)]);
    expect(stale).toBe(false);
  });
});

describe('A state file in a folder that does not exist', () => {
  it('is missed at boot, with one warning that says what to do', async () => {
    const folder = join(await makeDirectory(), 'missing');
    const { logs } = await bootContext({
      storage: new FileStorage({ path: join(folder, 'state.json') }),
      sync: { pollIntervalMs: 20 },
    });
    await until('the warning', () => logs.length > 0);
    expect(logs).toEqual([
      `warn: ${folder}, the folder of the maintenance state, does not exist: maintenance cannot be turned on. Create it, or set the path of FileStorage.`,
    ]);
  });

  it('is named by a write, with what to do', async () => {
    const folder = join(await makeDirectory(), 'missing');
    await expect(new FileStorage({ path: join(folder, 'state.json') }).write('1')).rejects.toMatchObject({
      message: expect.stringMatching(
        /missing, the folder of the maintenance state, does not exist: .* Create it/,
      ),
      code: 'ENOENT',
    });
  });

  it('is warned of as Node does, if the storage is used by itself', async () => {
    const folder = join(await makeDirectory(), 'missing');
    const path = JSON.stringify(join(folder, 'state.json'));
    const code = [
      "import { FileStorage } from 'nestjs-maintenance-mode';",
      `await new FileStorage({ path: ${path} }).watch(() => undefined).catch(() => undefined);`,
    ].join('\n');
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', code]);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      `MaintenanceWarning: ${folder}, the folder of the maintenance state, does not exist`,
    );
  });
});

describe('A state file in a ConfigMap', () => {
  it('is followed through each update, without waiting for a poll', async () => {
    const volume = await makeDirectory();
    await publish(volume, 0, '0');
    await symlink(join('..data', 'state.json'), join(volume, 'state.json'));
    const { maintenance } = await bootContext({
      storage: new FileStorage({ path: join(volume, 'state.json') }),
    });
    for (let revision = 1; revision <= 4; revision += 1) {
      await publish(volume, revision, `${revision % 2}`);
      await until(`update ${revision}`, () => maintenance.isActive() === (revision % 2 === 1));
    }
  });
});

describe('A state file that Windows PowerShell has written', () => {
  const BYTE_ORDER_MARKS: [encoding: string, encode: (text: string) => Buffer][] = [
    ['UTF-16, little endian', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16, big endian', (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
  ];

  it.each(BYTE_ORDER_MARKS)('in %s is understood', async (_, encode) => {
    const path = join(await makeDirectory(), 'state.json');
    await writeFile(path, encode('1\r\n'));
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }) });
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: false });
    const record = { version: 1, revision: 7, application: { state: 'on', reason: 'Wartung, größer, 保守' } };
    await writeFile(path, encode(JSON.stringify(record)));
    expect(await maintenance.refresh()).toMatchObject({ revision: 7, reason: 'Wartung, größer, 保守' });
  });

  it('cut off in the middle of a character is a failure, not "off"', async () => {
    const path = join(await makeDirectory(), 'state.json');
    const whole = Buffer.from(
      '\uFEFF{"version": 1, "revision": 1, "application": {"state": "off"}}',
      'utf16le',
    );
    await writeFile(path, whole.subarray(0, -1));
    const { maintenance } = await bootContext({ storage: new FileStorage({ path }), unknownState: 'closed' });
    expect(maintenance.status()).toMatchObject({ state: 'active', stale: true });
  });
});

describe("A state file under Node's permission model", () => {
  it('that allows its folder is changed', async () => {
    const { seen, logs } = await changeWith(allowFolder, 'enable', 'disable');
    expect({ seen, logs }).toEqual({ seen: ['active', 'off'], logs: [] });
  });

  it('that allows only the file is written in place', async () => {
    const { seen, logs, path } = await changeWith(allowFile, 'enable');
    expect(seen).toEqual(['active']);
    expect(logs).toEqual([expect.stringContaining('in place')]);
    expect(await readFile(path, 'utf8')).toMatch(/"state": "on"/);
  });

  it('that allows nothing stops neither the boot nor the process, and each message names the flags', async () => {
    const { seen, stale, path } = await changeWith(() => [], 'enable');
    expect(stale).toBe(true);
    expect(seen).toEqual([
      expect.stringContaining(`denies access to ${path}. Start the application with --allow-fs-read=`),
    ]);
  });

  it('that allows only reading is followed, and a change names the flags', async () => {
    const { seen, logs } = await changeWith((folder) => [`--allow-fs-read=${folder}/*`], 'refresh', 'enable');
    expect(seen).toEqual(['off', expect.stringContaining('--allow-fs-write=')]);
    expect(logs).toEqual([expect.stringMatching(/cannot be written by this process/)]);
  });
});

it('An existing state file keeps its inode only if it is written in place', async () => {
  const path = join(await makeDirectory(), 'state.json');
  await writeFile(path, '0');
  const { ino } = await stat(path);
  await new FileStorage({ path }).write('1');
  expect((await stat(path)).ino).not.toBe(ino);
});
