import { type Html, html } from './html.js';

/** The whole page: what all pages have around their own part. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} - Tea shop</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            max-width: 40rem;
            margin: 2rem auto;
            padding: 0 1.25rem;
            font:
              1.0625rem/1.6 system-ui,
              sans-serif;
          }
          nav a {
            margin-right: 1rem;
          }
          label {
            display: block;
            margin: 0.75rem 0;
          }
          input,
          select,
          button {
            font: inherit;
            padding: 0.25rem 0.5rem;
          }
        </style>
      </head>
      <body>
        <nav>
          <a href="/">Home</a> <a href="/products">Products</a> <a href="/checkout">Checkout</a>
          <a href="/admin">Admin</a>
        </nav>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html>`.text;
}
