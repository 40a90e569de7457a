import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { EventSource } from 'eventsource';
import { finalize, map, type Observable, startWith, Subject } from 'rxjs';
import { MaintenanceOff, MaintenanceScope, MaintenanceService } from '../../lib/index.js';
import { bootError } from '../support/boot-error.js';
import { type AppSettings, closeApps, platforms } from '../support/platforms.js';
import { until } from '../support/until.js';

let feed: Subject<string>;
/** The streams that the application produces for. */
let open: string[];

function stream(name: string): Observable<MessageEvent> {
  open.push(name);
  return feed.pipe(
    startWith('hello'),
    // The client comes back sooner than after its usual three seconds.
    map((data) => ({ data, retry: 20 })),
    finalize(() => open.splice(open.indexOf(name), 1)),
  );
}

class PeopleGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: object }>();
    const { person } = request.headers;
    if (person !== undefined) request.user = { name: person, isStaff: person === 'ada' };
    return true;
  }
}

class ShoutingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<MessageEvent>): Observable<MessageEvent> {
    return next.handle().pipe(map((event) => ({ ...event, data: JSON.stringify(event.data).toUpperCase() })));
  }
}

@Controller('news')
class NewsController {
  @Sse()
  plain(): Observable<MessageEvent> {
    return stream('plain');
  }

  @Sse('later')
  async later(): Promise<Observable<MessageEvent>> {
    return stream('later');
  }

  @Sse('off')
  @MaintenanceOff()
  off(): Observable<MessageEvent> {
    return stream('off');
  }

  @Sse('billing')
  @MaintenanceScope('billing')
  billing(): Observable<MessageEvent> {
    return stream('billing');
  }

  @Sse('people')
  @UseGuards(PeopleGuard)
  people(): Observable<MessageEvent> {
    return stream('people');
  }

  @Sse('loud')
  @UseInterceptors(ShoutingInterceptor)
  loud(): Observable<MessageEvent> {
    return stream('loud');
  }
}

interface Listener {
  readonly source: EventSource;
  readonly messages: string[];
  /** The data of `maintenance` events. */
  readonly lastWords: unknown[];
  /** HTTP statuses for which it has given up; undefined for a connection that was lost. */
  readonly errors: (number | undefined)[];
}

const sources: EventSource[] = [];

/** A client that has got its first message, or an error. */
async function listen(url: string, headers: Record<string, string> = {}): Promise<Listener> {
  const source = new EventSource(url, {
    fetch: async (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
  });
  sources.push(source);
  const listener: Listener = { source, messages: [], lastWords: [], errors: [] };
  source.addEventListener('message', ({ data }) => listener.messages.push(String(data)));
  source.addEventListener('maintenance', ({ data }) => listener.lastWords.push(JSON.parse(String(data))));
  source.addEventListener('error', ({ code }) => listener.errors.push(code));
  await until('an answer', () => listener.messages.length + listener.errors.length > 0);
  return listener;
}

/** The client has been told, and knows better than to come back. */
async function ended({ source, errors, lastWords }: Listener, problem: object = {}): Promise<void> {
  await until('the client gives up', () => source.readyState === EventSource.CLOSED);
  expect(lastWords).toEqual([expect.objectContaining({ status: 503, ...problem })]);
  // The first for the end of the stream, after which it has tried once more.
  expect(errors).toEqual([undefined, 503]);
}

async function goesOn(...listeners: readonly Listener[]): Promise<void> {
  const word = `word ${Math.random()}`;
  feed.next(word);
  for (const { messages, lastWords } of listeners) {
    await until('the next message', () => messages.at(-1)?.toLowerCase().includes(word) === true);
    expect(lastWords).toEqual([]);
  }
}

function isTester({ headers }: { headers: Record<string, string> }): boolean {
  return headers['x-tester'] === 'yes';
}

const close = { eventStreams: true };
const app: AppSettings = { controllers: [NewsController], options: { close } };

beforeEach(() => {
  feed = new Subject();
  open = [];
});

afterEach(async () => {
  for (const source of sources.splice(0)) source.close();
  feed.complete();
  await closeApps();
});

describe.each(platforms)('Server-Sent Events on %s', (_, createApp) => {
  it('new streams are refused, and the client does not try again', async () => {
    const { url, get } = await createApp({ controllers: [NewsController] });
    await get(MaintenanceService).enable();
    const { source, errors } = await listen(`${url}/news`);
    expect(errors).toEqual([503]);
    expect(source.readyState).toBe(EventSource.CLOSED);
    expect(open).toEqual([]);
  });

  it('open streams go on by default', async () => {
    const { url, get } = await createApp({ controllers: [NewsController] });
    const listener = await listen(`${url}/news`);
    await get(MaintenanceService).enable();
    await goesOn(listener);
  });

  it.each(['news', 'news/later', 'news/people', 'news/loud'])(
    'GET /%s ends when maintenance begins, with a last word',
    async (path) => {
      const { url, get } = await createApp(app);
      const listener = await listen(`${url}/${path}`);
      await goesOn(listener);
      await get(MaintenanceService).enable({ reason: 'Moving house' });
      await ended(listener, { reason: 'Moving house', detail: 'Moving house', mode: 'full' });
      expect(open).toEqual([]);
      await get(MaintenanceService).disable();
      await goesOn(await listen(`${url}/${path}`));
    },
  );

  it('it ends when a window begins', async () => {
    const { url, get } = await createApp(app);
    await get(MaintenanceService).enable({ startsAt: new Date(Date.now() + 300) });
    await ended(await listen(`${url}/news`));
  });

  it('streams of @MaintenanceOff go on, and a scope ends its own alone', async () => {
    const { url, get } = await createApp(app);
    const [plain, off, billing] = await Promise.all(
      ['', '/off', '/billing'].map(async (path) => listen(`${url}/news${path}`)),
    );
    if (!plain || !off || !billing) throw new Error('Three were asked for.');
    await get(MaintenanceService).enable({ scope: 'billing' });
    await ended(billing, { scope: 'billing' });
    await goesOn(plain, off);
    await get(MaintenanceService).enable();
    await ended(plain, { scope: null });
    await goesOn(off);
  });

  it('read-only maintenance ends none, until it becomes full', async () => {
    const { url, get } = await createApp(app);
    const listener = await listen(`${url}/news`);
    await get(MaintenanceService).enable({ mode: 'read-only' });
    await goesOn(listener);
    await get(MaintenanceService).enable();
    await ended(listener);
  });

  it('streams of requests that would pass go on', async () => {
    const { url, get } = await createApp({ ...app, options: { close, ignore: { when: isTester } } });
    const tester = await listen(`${url}/news`, { 'X-Tester': 'yes' });
    const visitor = await listen(`${url}/news`);
    await get(MaintenanceService).enable();
    await ended(visitor);
    await goesOn(tester, await listen(`${url}/news`, { 'X-Tester': 'yes' }));
  });

  it('streams of users who would pass go on, who are known since their guard ran', async () => {
    const { url, get } = await createApp({ ...app, options: { close, ignore: { staff: true } } });
    const ada = await listen(`${url}/news/people`, { Person: 'ada' });
    const ben = await listen(`${url}/news/people`, { Person: 'ben' });
    await get(MaintenanceService).enable();
    await ended(ben);
    await goesOn(ada);
  });

  it('a stream that ends by itself gets no last word', async () => {
    const { url, get } = await createApp(app);
    const listener = await listen(`${url}/news`);
    feed.complete();
    await until('it has ended', () => open.length === 0);
    await get(MaintenanceService).enable();
    await until('the client gives up', () => listener.source.readyState === EventSource.CLOSED);
    expect(listener.lastWords).toEqual([]);
  });
});

it.each([
  ['close', 'all', 'expected an object, got "all"'],
  ['close.eventStreams', { eventStreams: 'yes' }, 'expected true or false, got "yes"'],
])('%s is checked at boot', async (path, value, message) => {
  const error = await bootError({ close: value });
  expect(error).toMatchObject({ path, message: expect.stringContaining(message) });
});
