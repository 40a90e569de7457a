import type { HttpException } from '@nestjs/common';
import { markup } from '../response/html.js';
import { cardPage } from './card-page.js';
import { NotSuperuserException } from './superusers.js';

/** The page for a browser whose request to a route of the module is refused. */
export function refusalPage(error: HttpException, loginUrl: string | undefined): string {
  const title = titleOf(error);
  const login =
    error instanceof NotSuperuserException && loginUrl !== undefined
      ? markup`<p class="actions"><a class="button" href="${loginUrl}">${error.isLoggedIn ? 'Log in as another user' : 'Log in'}</a></p>
`
      : null;
  return cardPage(
    title,
    markup`<h1>${title}</h1>
<p>${error.message}</p>
${login}`,
  );
}

function titleOf(error: HttpException): string {
  if (error instanceof NotSuperuserException)
    return error.isLoggedIn ? 'This page is for superusers' : 'Please log in';
  switch (error.getStatus()) {
    case 403:
      return 'This was refused';
    case 400:
      return 'This was not understood';
    case 409:
      return 'This cannot be changed now';
    default:
      return 'This did not work';
  }
}
