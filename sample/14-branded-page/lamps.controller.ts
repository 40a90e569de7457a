import { Controller, Get, Header } from '@nestjs/common';

@Controller()
export class LampsController {
  @Get()
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header(
    'Content-Security-Policy',
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:",
  )
  lamps(): string {
    return `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Lumen</title>
<script src="/maintenance-mode/banner.js" defer></script>
<main><h1>Lamps for every room</h1></main>
</html>`;
  }
}
