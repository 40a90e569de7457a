import { Controller, Get, Header } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/** Stays reachable, so that the page can be seen without its stream. */
@Controller()
@MaintenanceOff()
export class PageController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  page(): string {
    return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>The kettle</title><script type="module" src="/kettle.js"></script></head>
  <body><h1>The kettle</h1><output id="kettle">...</output></body>
</html>
`;
  }

  @Get('kettle.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return `const output = document.getElementById('kettle');
let retry;

function listen() {
  const source = new EventSource('/kettle');
  let retryAfter = 5;
  source.onmessage = ({ data }) => (output.textContent = data);
  // The last event of a stream that maintenance ends.
  source.addEventListener('maintenance', ({ data }) => {
    const problem = JSON.parse(data);
    output.textContent = problem.detail;
    retryAfter = Math.min(problem.retryAfter ?? 5, 5);
    again(source, retryAfter);
  });
  source.onerror = () => {
    // An EventSource that was answered with 503 has given up for good.
    if (source.readyState === EventSource.CLOSED) again(source, retryAfter);
  };
}

function again(source, seconds) {
  source.close();
  clearTimeout(retry);
  retry = setTimeout(listen, seconds * 1000);
}

listen();
`;
  }
}
