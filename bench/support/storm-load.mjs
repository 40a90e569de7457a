/**
 * The clients of `storm.mjs`, in a process of their own. `rate`: arrivals go on whatever the server does, each on a connection
 * that waits for nothing, a new one up to the limit; what finds none is turned away. `slow-bodies` and `open-connections`: clients
 * that begin and then drip; one that is closed comes again.
 */
import { connect } from 'node:net';
import { obey } from './commands.mjs';
import { BLOCKED_PATH } from './storm-paths.mjs';

const TICK_MS = 2;
const DRIP_MS = 1_000;
const COMES_AGAIN_MS = 2_000;
const HEAD = `Host: storm.example\r\nAccept: text/html\r\n`;
const REQUEST = Buffer.from(`GET ${BLOCKED_PATH} HTTP/1.1\r\n${HEAD}\r\n`);
const SLOW = {
  'slow-bodies': `POST ${BLOCKED_PATH} HTTP/1.1\r\n${HEAD}Content-Type: text/plain\r\nContent-Length: 1000000\r\n\r\nx`,
  'open-connections': `GET ${BLOCKED_PATH} HTTP/1.1\r\n${HEAD}X-Slow: x`,
};

let storm;

function start({ url, kind, connections, rate }) {
  const port = Number(new URL(url).port);
  storm = { counts: { arrived: 0, turnedAway: 0, answers: 0, closed: 0, statuses: {} }, sockets: new Set() };
  const { end } = kind === 'rate' ? arrivals(port, connections, rate) : drips(port, connections, SLOW[kind]);
  storm.end = end;
  return 'started';
}

function stop() {
  const { counts, sockets, end } = storm;
  end();
  const left = sockets.size;
  for (const socket of sockets) socket.destroy();
  return { ...counts, open: left };
}

function open(port, { onData, onClose }) {
  const { sockets, counts } = storm;
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  sockets.add(socket);
  socket.on('data', onData);
  socket.on('error', () => undefined);
  socket.once('close', () => {
    sockets.delete(socket);
    counts.closed += 1;
    onClose?.();
  });
  return socket;
}

function arrivals(port, connections, rate) {
  const { counts, sockets } = storm;
  const idle = [];
  const began = performance.now();
  const begin = () => {
    let left = 0;
    const socket = open(port, {
      onData(chunk) {
        if (left === 0) {
          const head = chunk.toString('latin1');
          const status = head.slice(9, 12);
          counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
          const at = head.indexOf('\r\n\r\n') + 4;
          left = at + Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        }
        left -= chunk.length;
        if (left > 0) return;
        left = 0;
        counts.answers += 1;
        idle.push(socket);
      },
    });
    return socket;
  };
  const timer = setInterval(() => {
    for (const due = ((performance.now() - began) / 1_000) * rate; counts.arrived < due;) {
      counts.arrived += 1;
      let socket = idle.pop();
      while (socket?.destroyed) socket = idle.pop();
      if (socket === undefined && sockets.size < connections) socket = begin();
      if (socket) socket.write(REQUEST);
      else counts.turnedAway += 1;
    }
  }, TICK_MS);
  return { end: () => clearInterval(timer) };
}

function drips(port, connections, head) {
  const { sockets, counts } = storm;
  let ended = false;
  const begin = () => {
    if (ended) return;
    counts.arrived += 1;
    const onData = (chunk) =>
      void (counts.answers += chunk.toString('latin1').startsWith('HTTP/1.1 ') ? 1 : 0);
    const socket = open(port, { onData, onClose: () => setTimeout(begin, COMES_AGAIN_MS) });
    socket.write(head);
  };
  for (let i = 0; i < connections; i += 1) begin();
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, DRIP_MS);
  return {
    end() {
      ended = true;
      clearInterval(timer);
    },
  };
}

obey({ start, stop });
process.send('ready');
