export const HELP = `Usage: nestjs-maintenance-mode COMMAND [OPTIONS]

Turns maintenance mode on and off, in the storage that the application uses. The application is not started.

Commands
  on                turn it on now, or plan it with --start
  off               turn it off now; what was planned is cancelled
  status            say whether it is on; exits with 0 (off), 10 (active) or 11 (scheduled)
  run -- COMMAND    turn it on, run COMMAND, then restore what was before; exits with COMMAND's status

Options of on and run
  --reason TEXT     shown to visitors
  --start TIME      when it begins, such as 2026-11-21T03:00:00Z or 2026-11-21T03:00:00+01:00; without it: now
  --end TIME        when it ends by itself, written likewise; without it: when it is turned off
  --for DURATION    how long it lasts, in place of --end: 90s, 30m, 1h30m, 2d
  --read-only       block only what changes something (all but GET, HEAD and OPTIONS)

Other options
  --scope NAME      only the parts that are marked with @MaintenanceScope('NAME')
  --interactive     on and off: ask before anything is changed
  --json            status: as JSON
  --help, --version

Where the state is kept; every answer of on, off and status names it
  --file PATH       in this file
  --config FILE     where the "storage" option in the default export of this module says
                    (default: maintenance.config.js or maintenance.config.mjs, where there is one)
  without them      in maintenance-state.json in this directory: the application's own, if it runs here

An error exits with 1 and says what was wrong in one line.

Examples
  npx nestjs-maintenance-mode on --for 30m --reason 'We are moving to a faster database.'
  npx nestjs-maintenance-mode run --for 2h -- npm run migrate
`;
