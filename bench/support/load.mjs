/** The load generator, in a process of its own: autocannon, asked for one measurement after the other. */
import autocannon from 'autocannon';
import { obey } from './commands.mjs';

/** Enough for the server to be always busy, few enough for the 99th percentile to be no mere queue. */
const CONNECTIONS = 16;
/** autocannon finds out that it is done when it takes its next sample; milliseconds. */
const SAMPLE_MS = 20;

/** Own times: those of autocannon's result are rounded to milliseconds, and to whole samples. */
async function fire({ url, requests, amount, status }) {
  const latencies = [];
  const unexpected = new Map();
  let first = Infinity;
  let last = 0;
  const run = autocannon({ url, requests, amount, connections: CONNECTIONS, sampleInt: SAMPLE_MS });
  run.on('response', (_client, statusCode, _bytes, milliseconds) => {
    last = performance.now();
    first = Math.min(first, last - milliseconds);
    latencies.push(milliseconds);
    if (statusCode !== status) unexpected.set(statusCode, (unexpected.get(statusCode) ?? 0) + 1);
  });
  const { errors } = await run;
  if (errors > 0 || unexpected.size > 0 || latencies.length !== amount) {
    const answers = JSON.stringify([...unexpected]);
    throw new Error(`${url}: ${latencies.length} of ${amount} answers, ${errors} errors, others: ${answers}`);
  }
  latencies.sort((a, b) => a - b);
  return {
    throughput: amount / ((last - first) / 1_000),
    p99: latencies[Math.floor(amount * 0.99)],
  };
}

obey({ fire });
process.send('ready');
