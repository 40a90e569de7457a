/**
 * The floors of lib/: a file imports from its own floor or below, never above (docs/architecture.md has the picture).
 * The first room is the ground.
 */
const floors = [
  ['contracts', 'decorators', 'errors', 'internals', 'validation'],
  ['storages', 'testing'],
  ['options', 'state'],
  ['config', 'policy', 'response'],
  ['http', 'jobs'],
  ['integrations'],
  ['control'],
];

const roomsOf = (indexes) => `^lib/(${indexes.flatMap((index) => floors[index]).join('|')})/`;
const above = (floor) => floors.map((_, index) => index).filter((index) => index > floor);

module.exports = {
  forbidden: [
    ...floors.slice(0, -1).map((rooms, floor) => ({
      name: `floor-${floor}-looks-up`,
      comment: `${rooms.join(', ')} must not know what stands above.`,
      severity: 'error',
      from: { path: roomsOf([floor]) },
      to: { path: roomsOf(above(floor)) },
    })),
    {
      name: 'rooms-know-the-roof',
      comment: 'Only entry points and the module itself know the module; nothing in a room does.',
      severity: 'error',
      from: { path: '^lib/[^/]+/' },
      to: { path: '^lib/[^/]+\\.ts$' },
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
      from: {},
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'],
        dependencyTypesNot: ['npm', 'npm-peer'],
      },
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
