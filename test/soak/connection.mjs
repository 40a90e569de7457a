import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AnswerReader, BadAnswer } from './answers.mjs';

/** What never gets an answer within this time hangs; a machine that is busy takes seconds. */
const LIMIT_MS = 60_000;
/** How long a client waits for an answer that may not be due. */
const GRACE_MS = 60;

/**
 * Sends the bytes of a plan, and reads what comes back.
 *
 * @returns the answers, in the order of the requests, with the times of both; `problem`: what a client must not see.
 */
export async function converse(port, plan) {
  const { requests, pieces, leave, isWhole, isSlow } = plan;
  const reader = new AnswerReader(requests.map(({ method }) => method));
  const began = Date.now();
  const outcome = { requests, answers: reader.answers, began, problem: undefined, wasReset: false };
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setNoDelay(true);
  let left = false;
  let hasEnded = false;
  let wake;
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  const answered = new Promise((resolve) => void (wake = resolve));
  const read = (chunk, isEnd) => {
    try {
      reader.push(chunk, isEnd);
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      if (isWhole) outcome.problem ??= error.message;
      socket.destroy();
    }
    if (reader.answers.length >= requests.length) wake();
  };
  socket.on('data', (chunk) => read(chunk, false));
  socket.on('error', ({ code }) => void (outcome.wasReset ||= code === 'ECONNRESET' || code === 'EPIPE'));
  socket.on('end', () => {
    hasEnded = true;
    read(Buffer.alloc(0), true);
    socket.end();
  });
  const timer = setTimeout(() => {
    outcome.problem ??= `no answer and no end within ${LIMIT_MS} ms, after ${reader.answers.length} answers`;
    socket.destroy();
  }, LIMIT_MS);

  for (const [index, { wait, bytes }] of pieces.entries()) {
    if (leave?.after === index) break;
    if (isSlow) await delay(wait);
    if (socket.destroyed || hasEnded) break;
    socket.write(bytes);
  }
  if (leave) {
    left = true;
    if (isSlow) await delay(GRACE_MS / 3);
    goAway(socket, leave.how);
  }
  if (!isWhole) await Promise.race([closed, answered, delay(GRACE_MS)]);
  else await Promise.race([closed, answered]);
  // A second answer to the last request would come at once behind the first.
  if (!socket.destroyed && isWhole) await new Promise(setImmediate);
  if (!hasEnded) left = true;
  if (!outcome.wasReset || left) socket.destroy();
  await closed;
  clearTimeout(timer);
  outcome.problem ??= problemOf(plan, reader, { hasEnded, wasReset: outcome.wasReset });
  return outcome;
}

function goAway(socket, how) {
  if (how === 'reset') socket.resetAndDestroy();
  else if (how === 'destroy') socket.destroy();
  else socket.end();
}

function problemOf({ requests, pieces, isWhole }, reader, { hasEnded, wasReset }) {
  const { answers, pending } = reader;
  if (!isWhole) return undefined;
  if (answers.length > requests.length) return `${answers.length} answers to ${requests.length} requests`;
  if (pending > 0 && hasEnded) return `${pending} bytes of an answer that is not whole, then the end`;
  // The server may reset a connection that it closes before it has read all: the answer can be lost then.
  const mayReset = pieces.length > 1;
  if (wasReset && !mayReset) return `reset, with ${pending} bytes of an answer that is not whole`;
  if (hasEnded && answers.length === 0) return 'closed without an answer';
  for (const [index, { headers }] of answers.entries()) {
    const of = headers['x-soak-for']?.[0];
    if (of !== undefined && of !== requests[index].id)
      return `the answer to ${of} came for ${requests[index].id}`;
  }
  return undefined;
}
