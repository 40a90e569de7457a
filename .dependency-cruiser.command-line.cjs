const { options } = require('./.dependency-cruiser.cjs');

/**
 * The command line starts without Nest and rxjs, which would take most of the time of a command. This needs a run of its own
 * (`npm run layers` does both): a rule with `reachable` follows imports of types as well, so they are left out here.
 */
module.exports = {
  forbidden: [
    {
      name: 'command-line-loads-nest',
      comment:
        'What lib/cli.ts reaches imports of Nest and rxjs only types. A configuration file may load Nest (import()).',
      severity: 'error',
      from: { path: '^lib/cli\\.ts$' },
      to: { path: '(^|/)(?:@nestjs|rxjs)/', reachable: true },
    },
  ],
  options: { ...options, tsPreCompilationDeps: false, exclude: { dynamic: true } },
};
