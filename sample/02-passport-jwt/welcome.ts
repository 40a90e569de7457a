import type { AccountsService } from './auth/accounts.service.js';

/** What a newcomer can try, printed at start. */
export function welcome(url: string, { all }: AccountsService): string {
  const logins = all.map(
    ({ user, password }) =>
      `   ${user.id}=$(curl -s ${url}/login -d name=${user.id} -d password=${password} | cut -d '"' -f 4)`,
  );
  return `
The application is running: ${url}

1. Log in, in another terminal; the passwords are those of this run:
${logins.join('\n')}
2. See who is who:        curl -i -H "Authorization: Bearer $customer" ${url}/profile
3. Turn maintenance on:   curl -X POST -H "Authorization: Bearer $boss" ${url}/maintenance-mode/on
   and look again as $customer, as $tester, and without a token.
4. What anyone may see:   curl ${url}/maintenance-mode
                          curl ${url}/health
5. And off again:         curl -X POST -H "Authorization: Bearer $boss" ${url}/maintenance-mode/off

Ctrl+C stops it.
`;
}
