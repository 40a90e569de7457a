import type { Answer } from './shop.js';

const WIDTH = 62;

/** Prints what has happened when, and what each instance answered then, a line at a time. */
export class Table {
  readonly #began = performance.now();

  head(instances: number): void {
    const numbers = Array.from({ length: instances }, (_, index) => `#${index + 1}`.padStart(4));
    this.#print('seconds', 'what happened', numbers);
    this.#print(
      '-------',
      '-'.repeat(WIDTH),
      numbers.map(() => ' ---'),
    );
  }

  row(what: string, answers: readonly Answer[]): void {
    const seconds = ((performance.now() - this.#began) / 1_000).toFixed(2);
    this.#print(
      seconds.padStart(7),
      what,
      answers.map(({ status }) => `${status}`.padStart(4)),
    );
  }

  #print(first: string, second: string, rest: readonly string[]): void {
    process.stdout.write(`${first}  ${second.padEnd(WIDTH)} ${rest.join(' ')}\n`);
  }
}
