import { type Ended, killSamples, type RunningSample, runSample, startSample } from './samples.js';

const NAME = '01-quick-start';

/** The first sample as a process of its own. */
export interface QuickStart extends RunningSample {
  readonly url: string;
  readonly password: string;
}

/** Starts the sample and resolves once it says what to open. */
export async function startQuickStart(directory: string, port = 0): Promise<QuickStart> {
  const ready = /open: (http\S+)[^]*password of this run: (\S+)[^]*Ctrl\+C/;
  const sample = await startSample(NAME, directory, ready, port);
  const [, url = '', password = ''] = sample.said;
  return { ...sample, url, password };
}

/** Starts a sample that is expected to end by itself. */
export async function runQuickStart(directory: string, port: number): Promise<Ended> {
  return runSample(NAME, directory, port);
}

export { killSamples as killQuickStarts };
