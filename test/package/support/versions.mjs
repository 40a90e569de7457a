const MICROSERVICES =
  'test/(transports/(microservices|grpc|rabbitmq|messages|frozen-processes|safe-handlers)|drain/other-transports)';

/** NestJS, and the packages that came with it. The lowest that `peerDependencies` in `package.json` allow. */
const LOWEST_11 = {
  ...nest('11.0.0', ['common', 'core', 'microservices', 'websockets']),
  ...nest('11.0.0', ['jwt', 'passport', 'platform-express', 'platform-fastify', 'platform-socket.io']),
  ...nest('13.0.0', ['graphql', 'apollo']),
  '@nestjs/bullmq': '11.0.0',
  '@nestjs/cache-manager': '3.0.0',
  '@nestjs/config': '4.0.0',
  '@nestjs/mercurius': '13.0.3',
  '@nestjs/platform-ws': '11.0.5',
  '@nestjs/schedule': '5.0.0',
  '@nestjs/serve-static': '5.0.0',
  '@nestjs/swagger': '11.0.0',
  // Older ones do not initialize the adapter before the application is configured.
  '@nestjs/testing': '11.2.6',
  '@apollo/server': '4.11.3',
  '@fastify/static': '8.0.4',
  '@fastify/view': '10.0.1',
  express: '5.0.1',
  fastify: '5.2.1',
  nats: '2.29.3',
  'graphql-ws': '6.0.1',
  ws: '8.18.0',
};

/** Names of tests of what older versions do in another way on Fastify, with this package and without it. */
const OTHER_ON_FASTIFY = [
  // Other hosts get 500.
  'on fastify .*by host, follows the handler of the host',
  // Middleware is asked before CORS.
  'on fastify .*the preflight of /used',
];

/** NestJS 11 on Express: with a global prefix, no routes of the adapter's own after the start. */
const LATE_ROUTES = 'is blocked: a raw route from after the start';

/** Names of tests of what NestJS 11.0 does not have, with this package and without it. */
const MISSING_IN_11_0 = [
  ...OTHER_ON_FASTIFY,
  LATE_ROUTES,
  // No `setOnRequestHook`, no `setOnResponseHook`.
  'With a request hook of another library',
  'runs the response hook that the adapter was given',
  // On Fastify, no middleware before the adapter is initialized.
  'on fastify, .*(blocks what is to be blocked|answers while a body is outstanding)',
  // @nestjs/graphql before 13.4 makes no two schemas that have a class in common.
  'What is no endpoint is nothing of several that are not configured',
];

const LATEST_11 = {
  ...nest('11.2.10', ['common', 'core', 'platform-express']),
  ...nest('11.2.6', ['testing', 'microservices', 'websockets', 'platform-socket.io', 'platform-ws']),
  ...nest('13.4.5', ['graphql', 'apollo', 'mercurius']),
  '@nestjs/bullmq': '11.0.5',
  '@nestjs/cache-manager': '3.1.3',
  '@nestjs/config': '4.0.4',
  '@nestjs/jwt': '11.0.2',
  '@nestjs/passport': '11.0.5',
  '@nestjs/platform-fastify': '11.2.8',
  '@nestjs/schedule': '6.1.3',
  '@nestjs/serve-static': '5.0.5',
  '@nestjs/swagger': '11.4.7',
  express: '5.2.1',
  fastify: '5.11.3',
  nats: '2.29.3',
  'graphql-ws': '6.2.1',
  ws: '8.21.3',
};

const LOWEST_12 = {
  ...nest('12.0.0', ['common', 'core', 'testing', 'platform-express']),
  ...nest('12.0.1', ['microservices', 'websockets', 'platform-fastify', 'platform-socket.io', 'platform-ws']),
  ...nest('14.0.0', ['graphql', 'apollo', 'mercurius']),
  ...nest('12.0.0', ['bullmq', 'cache-manager', 'config', 'jwt', 'passport', 'schedule', 'serve-static']),
  '@nestjs/swagger': '12.0.0',
  express: '5.2.1',
  fastify: '5.12.1',
  'graphql-ws': '6.2.1',
  ws: '8.21.3',
};

/**
 * What is tested: `packages` take the place of those in `devDependencies` of `package.json`, which are the latest. Left out are
 * the files that match `without`, and the tests whose names match one of `missing`.
 */
export const VERSIONS = [
  { name: 'NestJS 11 lowest', packages: LOWEST_11, without: MICROSERVICES, missing: MISSING_IN_11_0 },
  {
    name: 'NestJS 11 lowest with microservices',
    packages: {
      ...LOWEST_11,
      ...nest('11.1.4', ['common', 'core', 'microservices', 'websockets']),
    },
    without: `^(?!.*${MICROSERVICES})`,
  },
  { name: 'NestJS 11 latest', packages: LATEST_11, missing: [LATE_ROUTES] },
  { name: 'NestJS 12 lowest', packages: LOWEST_12, missing: OTHER_ON_FASTIFY },
  { name: 'NestJS 12 latest', packages: {} },
];

/** Packages of Nest that have a version in common. */
function nest(version, names) {
  return Object.fromEntries(names.map((name) => [`@nestjs/${name}`, version]));
}
