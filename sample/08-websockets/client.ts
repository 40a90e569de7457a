import { WebSocket } from 'ws';

/** Bids once a second, prints what it receives, and reconnects when its connection is closed. */
const url = process.argv[2] ?? 'ws://127.0.0.1:3000/auction';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let bid = 0;

function connect(): void {
  const socket = new WebSocket(url);
  let timer: NodeJS.Timeout | undefined;
  socket.on('open', () => {
    say('connected');
    timer = setInterval(() => socket.send(JSON.stringify({ event: 'bid', data: (bid += 1) })), 1000);
  });
  socket.on('message', (message: Buffer) => say(message.toString()));
  // Such as 503: a connection that was refused is closed as well.
  socket.on('error', (error) => say(error.message));
  socket.on('close', (code, reason) => {
    clearInterval(timer);
    say(`closed: ${code} ${reason.toString()}`);
    setTimeout(connect, 2000);
  });
}

connect();
