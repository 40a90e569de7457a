import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeApps, platforms } from '../support/platforms.js';
import { toggleApp } from '../support/toggle-app.js';

afterEach(closeApps);

describe.each(platforms)('The OpenAPI document of an application on %s', (_, createApp) => {
  it('lists the routes of the application, and none of the module', async () => {
    const { app } = await toggleApp(createApp, { prefix: '/api' });
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(Object.keys(document.paths)).toEqual(['/api/page']);
  });
});
