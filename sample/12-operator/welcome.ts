import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** In your own application `npx nestjs-maintenance-mode`. */
const COMMAND_LINE = `node ${pathOf('../../dist/cli.js')}`;

/** The night in eight commands, printed at start. */
export function welcome(url: string, token: string): string {
  return `
Lantern Books is open: ${url}
Staff entrance:        ${url}/login
The token of this run: ${token}

The night, in another terminal, in ${process.cwd()}:

  maintenance() { ${COMMAND_LINE} "$@"; }
  export MAINTENANCE_MODE_TOKEN=${token}

  # Announce it: a bar on every page says when.
  maintenance on --start +5m --for 15m --reason 'We are moving our order book.'
  # Take no more orders; visitors still read.
  maintenance on --read-only --for 15m --reason 'We are moving our order book.'
  # Close, wait until the last order is written, migrate, then back to what was before.
  maintenance run --for 15m --reason 'We are moving our order book.' \\
    --wait-for ${url}/maintenance-mode -- node ${pathOf('migrate.js')}
  # Look behind the closed door first: it prints a link.
  maintenance on --for 15m --reason 'One last look.' --with-bypass
  # Open, and read what was done.
  maintenance off
  maintenance history

The same in a browser: ${url}/maintenance-mode/admin
Ctrl+C stops the shop.
`;
}

function pathOf(file: string): string {
  return relative(process.cwd(), fileURLToPath(new URL(file, import.meta.url)));
}
