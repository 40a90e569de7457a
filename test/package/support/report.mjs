import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Says each check in a line, and at the end how many there were. */
export class Report {
  #passed = 0;
  #failed = 0;

  /** @returns whether it passed: what builds on it need not be tried otherwise. */
  async check(name, work) {
    try {
      await work();
    } catch (error) {
      this.failed(name, error);
      return false;
    }
    this.#passed += 1;
    process.stdout.write(`ok - ${name}\n`);
    return true;
  }

  failed(name, error) {
    this.#failed += 1;
    const why = String(error instanceof Error ? error.stack : error);
    process.stdout.write(`not ok - ${name}\n${why.replaceAll(/^/gm, '# ')}\n`);
  }

  /** @returns the exit code. */
  close() {
    process.stdout.write(`${this.#passed} passed, ${this.#failed} failed\n`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}

/**
 * Runs checks in a directory of their own, which is removed afterwards, and sets the exit code.
 *
 * @param prefix of the directory's name.
 * @param keep leaves the directory there, and says where.
 */
export async function runChecks(prefix, keep, work) {
  const directory = await mkdtemp(join(tmpdir(), prefix));
  const report = new Report();
  try {
    await work(report, directory);
  } catch (error) {
    report.failed('the run itself', error);
  } finally {
    if (keep) process.stdout.write(`# kept: ${directory}\n`);
    else await rm(directory, { recursive: true, force: true });
    process.exitCode = report.close();
  }
}
