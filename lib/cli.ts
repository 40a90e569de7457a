#!/usr/bin/env node
import { main } from './cli/main.js';

/** Then the process exits, even if a storage hangs or the configuration has left a connection open. */
const PATIENCE_MS = 500;

async function run(): Promise<void> {
  // The reader of a pipe may have ended (`| head -1`), which is not an error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  // If it never ends (a configuration that waits for ever), Node exits by itself.
  process.exitCode = 1;
  process.exitCode = await main(process.argv.slice(2), process.env);
  setTimeout(() => process.exit(), PATIENCE_MS).unref();
}

void run();
