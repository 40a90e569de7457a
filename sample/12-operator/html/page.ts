import { type Html, html } from './html.js';

/** Nothing but files of the shop itself: the announcement needs no more. */
export const CONTENT_SECURITY_POLICY = "default-src 'self'";

/** The whole page. The last line of its head announces maintenance; there is nothing else to do for that. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Lantern Books</title>
        <link rel="stylesheet" href="/shop.css" />
        <script src="/maintenance-mode/banner.js" defer></script>
      </head>
      <body>
        <header>
          <a class="brand" href="/">Lantern Books</a>
          <nav><a href="/">Books</a> <a href="/orders">Orders</a> <a href="/login">Staff</a></nav>
        </header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
        <footer>A small shop that is closed for a night, now and then.</footer>
      </body>
    </html>`.text;
}
