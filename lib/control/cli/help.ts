export const HELP = `Usage: nestjs-maintenance-mode COMMAND [OPTIONS]

Turns maintenance mode on and off, in the storage that the application uses. The application is not started.

Commands
  on                turn it on, now or for a window
  off               turn it off, a scheduled window included
  status            say what holds; exits with 0 (off), 10 (active) or 11 (scheduled)
  run -- COMMAND    turn it on, run COMMAND, then restore what was before; exits with COMMAND's status

Options of on and run
  --reason TEXT     shown to visitors
  --start TIME      when it begins: ISO 8601 with an offset or Z, such as 2026-11-21T03:00:00Z
  --end TIME        when it ends, likewise
  --for DURATION    how long it lasts: 30m, 1h30m, 2d
  --read-only       block only what changes something (all but GET, HEAD and OPTIONS)

Options
  --scope NAME      only what @MaintenanceScope(NAME) marks
  --interactive     on and off: ask before anything is changed
  --json            status: as JSON
  --file PATH       the state file
  --config FILE     a module whose default export is an object of MaintenanceModuleOptions
                    (default: maintenance.config.js or .mjs, where there is one)
  --help, --version

Without --file and --config, and without a configuration file, the state is in maintenance-state.json.
An error exits with 1 and says what was wrong in one line.

Examples
  npx nestjs-maintenance-mode on --for 30m --reason 'We are moving to a faster database.'
  npx nestjs-maintenance-mode run --for 2h -- npm run migrate
`;
