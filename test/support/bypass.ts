import { createHmac } from 'node:crypto';
import request from 'supertest';
import type { MaintenanceStorage } from '../../lib/index.js';

export const SECRET = 'correct horse battery staple';

/** Opens the bypass route; the `Cookie` header that a browser would send from then on. */
export async function bypassCookie(
  url: string,
  { secret = SECRET, headers = {} }: { secret?: string; headers?: Record<string, string> } = {},
): Promise<string> {
  const response = await request(url)
    .get(`/maintenance-mode/bypass/${encodeURIComponent(secret)}`)
    .set(headers)
    .expect(302);
  const [cookie] = response.get('Set-Cookie') ?? [];
  return cookie?.split(';')[0] ?? '';
}

/** The cookie as the bypass route would have handed it out at another time. */
export async function cookieOf(storage: MaintenanceStorage, issuedAt: number): Promise<string> {
  const stored = await storage.read();
  const { activation } = JSON.parse(stored?.text ?? '{}') as { activation: string };
  const signature = createHmac('sha256', SECRET)
    .update(`nestjs-maintenance-mode bypass\n${issuedAt}\n${activation}`)
    .digest('base64url');
  return `maintenance=${issuedAt}.${signature}`;
}
