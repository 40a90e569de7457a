import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import manifest from '../../package.json' with { type: 'json' };

const docs = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = manifest.repository.url.replace(/^git\+|\.git$/g, '');

/**
 * Links to files of the repository that are no pages, such as samples, lead to its browser. They are relative in the text, so that
 * they also work where the text is read in the repository.
 */
function linkToRepository(markdown) {
  markdown.core.ruler.push('repository-links', ({ tokens, env }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href === null || !href.startsWith('../')) continue;
      const target = posix.join(relative(docs, dirname(env.path)).split(sep).join('/'), href);
      if (target.startsWith('../')) token.attrSet('href', `${repository}/blob/main/${target.slice(3)}`);
    }
  });
}

/** Code is text: Vue would read `{{ }}` in it as an expression. */
function leaveCodeAlone(markdown) {
  const { code_inline: render } = markdown.renderer.rules;
  markdown.renderer.rules.code_inline = (...args) => render(...args).replace('<code', '<code v-pre');
}

const page = (text, name) => ({ text, link: `/${name}` });

/** @param pages titles by name */
const group = (text, pages) => ({
  text,
  collapsed: false,
  items: Object.entries(pages).map(([name, title]) => page(title, name)),
});

export default defineConfig({
  title: 'nestjs-maintenance-mode',
  description: manifest.description,
  lang: 'en',
  srcDir: docs,
  outDir: join(docs, '../dist-docs'),
  cacheDir: join(docs, '../node_modules/.cache/vitepress'),
  cleanUrls: true,
  lastUpdated: false,
  markdown: {
    languageAlias: { haproxy: 'nginx' },
    config(markdown) {
      linkToRepository(markdown);
      leaveCodeAlone(markdown);
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: repository }],
    nav: [page('Guide', 'introduction'), page('Operating', 'runbook'), page('API', 'api/')],
    sidebar: [
      group('Introduction', {
        introduction: 'What it is',
        'set-up': 'Set-up',
        'coming-from-django': 'Coming from django',
      }),
      group('Guides', {
        rules: 'Who passes',
        'users-and-guards': 'Users and guards',
        'changing-the-state': 'Changing the state',
        templates: 'The page',
        'front-ends': 'Front ends',
        testing: 'Testing',
      }),
      group('Operating', {
        runbook: 'A night of maintenance',
        'admin-page': 'The admin page',
        'command-line': 'Command line',
        draining: 'Work in flight',
        observability: 'Metrics and health checks',
        logging: 'Logging',
        'behind-a-proxy': 'Behind a proxy',
        kubernetes: 'Kubernetes',
        serverless: 'Serverless',
      }),
      group('Storages', {
        storages: 'Which to choose',
        'storages-in-detail': 'In detail',
        'at-scale': 'At scale',
      }),
      group('Integrations', {
        graphql: 'GraphQL',
        websockets: 'WebSockets',
        microservices: 'Microservices',
        'server-sent-events': 'Server-Sent Events',
        jobs: 'Scheduled jobs and queues',
      }),
      group('Transports', {
        'transports/grpc': 'gRPC',
        'transports/kafka': 'Kafka',
        'transports/mqtt': 'MQTT',
        'transports/nats': 'NATS',
        'transports/rabbitmq': 'RabbitMQ',
        'transports/redis': 'Redis',
        'transports/tcp': 'TCP',
      }),
      group('Reference', { options: 'Options', 'api/': 'API' }),
      group('Design', { architecture: 'Architecture', gate: 'The gate', security: 'Security' }),
    ],
  },
});
