#!/usr/bin/env node
import { main } from './cli/main.js';

/** For what a configuration leaves open: a storage that hangs, or a connection that nobody closes. */
const PATIENCE_MS = 500;

async function run(): Promise<void> {
  // Who reads may have gone (`| head -1`): that is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.exitCode = await main(process.argv.slice(2));
  setTimeout(() => process.exit(), PATIENCE_MS).unref();
}

void run();
