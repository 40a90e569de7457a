/** What a newcomer can try, printed at start. */
export function welcome(url: string, password: string): string {
  return `
The tea shop is open: ${url}

1. Log in as admin: ${url}/login
   The password of this run: ${password}
2. Turn maintenance on and off, or plan it: ${url}/maintenance-mode/admin
   By one button each:    ${url}/maintenance-mode/on
                          ${url}/maintenance-mode/off
3. See what clients get:  curl -i ${url}/api/products
   and that probes go on: curl -i ${url}/health
4. The same by the service, for ten minutes or for the checkout only: ${url}/admin
5. The same by the file, from this directory in another terminal:
   echo 1 > maintenance-state.json
   rm maintenance-state.json

The state outlives a restart. Ctrl+C stops the shop.
`;
}
