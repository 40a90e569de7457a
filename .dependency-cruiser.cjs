/**
 * The layers of lib/: a file imports only from its own module or from one that stands above it in this list
 * (docs/architecture.md has the picture). So no two modules import each other.
 */
const modules = [
  'validation',
  'interfaces',
  'internals',
  'decorators',
  'storages',
  'options',
  'drain',
  'state',
  'response',
  'policy',
  'http',
  'integrations',
  'observability',
  'admin',
  'cli',
  'schematics',
];

module.exports = {
  forbidden: [
    ...modules.slice(0, -1).map((module, index) => ({
      name: `${module}-imports-upwards`,
      comment: `${module} must not know the layers that are built on it.`,
      severity: 'error',
      from: { path: `^lib/${module}/` },
      to: { path: `^lib/(${modules.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'unknown-module',
      comment: 'A new folder needs its place in the list above.',
      severity: 'error',
      from: {},
      to: { path: '^lib/[^/]+/', pathNot: `^lib/(${modules.join('|')})/` },
    },
    {
      name: 'module-imports-entry-point',
      comment: 'Only entry points and the module itself know the module; nothing in a folder does.',
      severity: 'error',
      from: { path: '^lib/[^/]+/' },
      to: { path: '^lib/[^/]+\\.ts$', pathNot: '^lib/errors\\.ts$' },
    },
    {
      name: 'storages-know-each-other',
      severity: 'error',
      from: { path: '^lib/storages/.+\\.storage\\.ts$' },
      to: { path: '^lib/storages/.+\\.storage\\.ts$' },
    },
    {
      name: 'integration-always-loaded',
      comment: 'An integration is imported only when an application uses it (lib/integrations.provider.ts).',
      severity: 'error',
      from: { pathNot: '^lib/integrations/' },
      to: { path: '^lib/integrations/', dependencyTypesNot: ['dynamic-import'] },
    },
    { name: 'cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'orphan', severity: 'error', from: { orphan: true, pathNot: '^lib/[^/]+\\.ts$' }, to: {} },
    {
      name: 'undeclared-package',
      comment: 'What an application needs at run time stands in dependencies or peerDependencies.',
      severity: 'error',
      from: { pathNot: '^lib/schematics/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        dependencyTypesNot: ['npm', 'npm-peer'],
      },
    },
    {
      name: 'schematics-bring-packages',
      comment: "They run in Nest's CLI with the TypeScript of the project, and import types only.",
      severity: 'error',
      from: { path: '^lib/schematics/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
