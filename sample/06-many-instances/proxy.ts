import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';

/** The header with the number of the instance that has answered. */
export const INSTANCE_HEADER = 'x-instance';

/** Gives requests to the instances in turn, as nginx does by default. */
export async function startProxy(instances: readonly string[], port: number): Promise<Server> {
  let requests = 0;
  const server = createServer((incoming, response) => {
    const index = requests % instances.length;
    requests += 1;
    const { method = 'GET', headers, url = '/' } = incoming;
    const outgoing = request(new URL(url, instances[index]), { method, headers }, (answer) => {
      const { statusCode = 502 } = answer;
      response.writeHead(statusCode, { ...answer.headers, [INSTANCE_HEADER]: `${index + 1}` });
      answer.pipe(response);
    });
    outgoing.on('error', () => response.writeHead(502).end());
    incoming.pipe(outgoing);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
