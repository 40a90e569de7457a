import { Controller, Get } from '@nestjs/common';
import { html } from '../html/html.js';
import { page } from '../html/page.js';

@Controller()
export class HomeController {
  @Get()
  home(): string {
    return page('Welcome', html`<p>We sell three kinds of tea. <a href="/products">Have a look</a>.</p>`);
  }
}
