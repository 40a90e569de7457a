export const HELP = `Usage: nestjs-maintenance-mode COMMAND [OPTIONS]

Turns maintenance mode on and off, in the storage that the application uses. The application is not started.

Commands
  on                turn it on now, or plan it with --start
  off               turn it off now; what was planned is cancelled
  status            say whether it is on; exits with 0 (off), 10 (active) or 11 (scheduled)
  list              show the application and every scope that is on or scheduled
  update            change what is on or scheduled, and keep the rest
  extend DURATION   move its end on, such as extend 30m
  history           show the last changes, the newest first
  run -- COMMAND    turn it on, run COMMAND, then restore what was before; exits with COMMAND's status
  page              write the maintenance page to a file, for a proxy

Options of on, run and update
  --reason TEXT     shown to visitors
  --note TEXT       for the history, never shown to visitors
  --start TIME      on, update: when it begins: 2026-11-21T03:00:00Z, 2026-11-21T03:00:00+01:00 or +10m;
                    default: now
  --end TIME        when it ends by itself, written likewise; default: when it is turned off
  --for DURATION    how long it lasts, in place of --end: 90s, 30m, 1h30m, 2d
  --announce TIME   on, update: when visitors are told of a later start, written as for --start;
                    default: two days before
  --read-only       block only what changes something (all but GET, HEAD and OPTIONS)
  --allow-ip CIDR   let this address or range in while it lasts; may be repeated
  --full            update: block everything, where it was --read-only; --end never takes the end away

Options of on and run
  --wait-for URLS   go on only when each instance has closed and has no work in flight; URLS are the
                    addresses of their maintenance routes, with commas between them
  --drain DURATION  how long to wait for that; default: 30s

Other options
  --scope NAME      only the parts that are marked with @MaintenanceScope('NAME')
  --all             off: the application and every scope
  --by NAME         who does it; default: SUDO_USER, else the user of the system
  --with-bypass     on: print a bypass link, valid until this maintenance ends
  --interactive     on and off: ask before anything is changed
  --json            status, list and history: as JSON
  --limit N         history: this many changes
  --out FILE        page: where to write it
  --language L      page: in this language, such as de; default: en
  --help, --version

Where the state is kept; every answer names it
  --file PATH       in this file
  --config FILE     where the "storage" option in the default export of this module says
                    (default: maintenance.config.js, .mjs or .cjs, if there is one)
  without them      where MAINTENANCE_MODE_STATE_FILE_PATH says, else in maintenance-state.json in this
                    directory: the application's own, if it runs here

Or the routes of a running application, where a shell does not share its storage
  --url URL         such as https://shop.example/maintenance-mode (or MAINTENANCE_MODE_URL)
  --header TEXT     'Name: value', for each request; may be repeated, also for --wait-for
                    (MAINTENANCE_MODE_TOKEN: 'Authorization: Bearer' with this token)

An error exits with 1 and says what was wrong in one line.

Examples
  npx nestjs-maintenance-mode on --for 30m --reason 'We are moving to a faster database.'
  npx nestjs-maintenance-mode run --for 2h -- npm run migrate
`;
