#!/usr/bin/env node
import { main } from './control/cli/main.js';

async function run(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2));
}

void run();
