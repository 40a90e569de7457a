/** What stands in front of the handlers in real applications, and wraps or answers what they write. */
import { EventEmitter } from 'node:events';
import compression from 'compression';
import cors from 'cors';
import session from 'express-session';

const SECRET = 'a secret of the soak, which is long enough';
const KEPT_SESSIONS = 500;

/** Those of the last visitors only: the memory of the process must not grow by its sessions. */
class FewSessions extends EventEmitter {
  #kept = new Map();

  get(id, done) {
    setImmediate(() => done(null, this.#kept.get(id) ?? null));
  }

  set(id, value, done) {
    this.#kept.set(id, structuredClone(JSON.parse(JSON.stringify(value))));
    if (this.#kept.size > KEPT_SESSIONS) this.#kept.delete(this.#kept.keys().next().value);
    setImmediate(() => done());
  }

  touch(id, value, done) {
    setImmediate(() => done());
  }

  destroy(id, done) {
    this.#kept.delete(id);
    setImmediate(() => done());
  }
}

class FewExpressSessions extends session.Store {
  #few = new FewSessions();
  get = (id, done) => this.#few.get(id, done);
  set = (id, value, done) => this.#few.set(id, value, done);
  touch = (id, value, done) => this.#few.touch(id, value, done);
  destroy = (id, done) => this.#few.destroy(id, done);
}

function answers(_request, response) {
  response.setHeader('X-Soak-By', 'middleware');
  response.end('middleware');
}

const markFile = (response) => {
  if (response.setHeader) response.setHeader('X-Soak-By', 'file');
  else response.header('X-Soak-By', 'file');
};

export async function addLayers(app, adapter, files) {
  app.enableCors({ origin: true, credentials: true });
  await (adapter === 'express' ? addToExpress(app) : addToFastify(app));
  app.use('/answers', answers);
  for (const prefix of ['/files/', '/open/files/'])
    app.useStaticAssets(staticFiles(adapter, files, prefix), ...rest(adapter, prefix));
}

function rest(name, prefix) {
  return name === 'express' ? [{ prefix, setHeaders: markFile }] : [];
}

/** Fastify decorates its replies only once. */
function staticFiles(adapter, root, prefix) {
  if (adapter === 'express') return root;
  return { root, prefix, setHeaders: markFile, decorateReply: prefix === '/files/' };
}

function addToExpress(app) {
  app.use('/api/:part', cors());
  app.use(compression({ threshold: 100 }));
  app.use(
    session({
      secret: SECRET,
      resave: true,
      saveUninitialized: true,
      rolling: true,
      store: new FewExpressSessions(),
    }),
  );
  app
    .getHttpAdapter()
    .getInstance()
    .get('/raw', (_request, response) => {
      response.setHeader('X-Soak-By', 'raw route');
      response.send('raw '.repeat(1_000));
    });
}

async function addToFastify(app) {
  const [compress, cookie, fastifySession] = await Promise.all(
    ['@fastify/compress', '@fastify/cookie', '@fastify/session'].map((name) => import(name)),
  );
  await app.register(compress.default, { threshold: 100 });
  await app.register(cookie.default);
  await app.register(fastifySession.default, {
    secret: SECRET,
    cookie: { secure: false },
    saveUninitialized: true,
    rolling: true,
    store: new FewSessions(),
  });
  app
    .getHttpAdapter()
    .getInstance()
    .get('/raw', (_request, reply) => {
      reply.header('X-Soak-By', 'raw route').send('raw '.repeat(1_000));
    });
}
