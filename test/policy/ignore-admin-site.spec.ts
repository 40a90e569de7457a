import { afterEach, describe, it } from '@jest/globals';
import request from 'supertest';
import { AnyPathController } from '../support/any-path.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

describe.each(platforms)('ignore.adminSite on %s', (_, createApp) => {
  it.each<[adminSite: string, passing: string[], blocked: string[]]>([
    ['/admin', ['/admin', '/admin/', '/admin/users?x=1'], ['/', '/administrator', '/Admin', '/x/admin']],
    ['/admin/', ['/admin', '/admin/', '/admin/users'], ['/', '/administrator']],
    ['/back/office', ['/back/office', '/back/office/x'], ['/back', '/back/', '/back/officer']],
    ['/', ['/', '/?x'], ['/admin']],
    ['/verwaltung-ü', ['/verwaltung-%C3%BC'], ['/verwaltung-u']],
  ])('%s lets %j through, and not %j', async (adminSite, passing, blocked) => {
    const options = { enabled: true, ignore: { adminSite } };
    const { url } = await createApp({ controllers: [AnyPathController], options });
    for (const path of passing) await request(url).get(path).expect(200, 'served');
    for (const path of blocked) await request(url).get(path).expect(503);
  });
});
