/**
 * One of several instances: does what the bench tells it, and says when a client of its own got which answer. Times are
 * those of the system's monotonic clock, which all processes of a machine share.
 */
import { Agent, get } from 'node:http';
import { listen } from './application.mjs';
import { openStorage } from './places.mjs';

const { storage: spec, pollIntervalMs } = JSON.parse(process.argv[2]);
const storage = await openStorage(spec);
const { app, url, maintenance } = await listen({ storage, sync: { pollIntervalMs, timeoutMs: 10_000 } });
const agent = new Agent({ keepAlive: true });

const now = () => Number(process.hrtime.bigint()) / 1e6;

const ask = () =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });

async function askAndSay() {
  const status = await ask();
  process.send({ answered: status, at: now() });
}

async function obey(command) {
  if (command === 'close') {
    agent.destroy();
    await app.close();
    process.disconnect();
    return;
  }
  await maintenance[command]();
  process.send({ resolved: command, at: now() });
}

// The client asks at the moment at which its instance learns of the change: what it gets is the first answer after it. A
// client that asks all the time would measure how eight of them share the processor.
maintenance.events.subscribe(({ type }) => {
  if (type === 'activated' || type === 'deactivated') void askAndSay();
});

process.on('message', (command) => void obey(command));

// The first request opens the connection and compiles the code.
await ask();
process.send({ ready: url });
