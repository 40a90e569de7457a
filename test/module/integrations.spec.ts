import type { Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { WebSocketServer } from 'ws';
import { MaintenanceService, PauseDuringMaintenance } from '../../lib/index.js';
import { runBuilt } from '../support/built.js';
import { closeApps, platforms } from '../support/platforms.js';

afterEach(closeApps);

describe('An application loads', () => {
  it.each([
    ['no integration, if it uses none', 'nothing', []],
    ['WebSockets for a gateway', 'gateways', ['websockets', 'upgrades']],
    ['microservices for a message handler', 'messages', ['microservices']],
    ['BullMQ for a paused process()', 'queues', ['bullmq']],
    ['GraphQL for a GraphQL module', 'graphql', ['graphql']],
  ])('%s', async (_, uses, loaded) => {
    const { code, stdout, stderr } = await runBuilt('loaded-integrations', uses);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(loaded);
  });
});

describe.each(platforms)('Without gateways on %s', (_, createApp) => {
  it('the HTTP server emits directly until something listens for upgrades', async () => {
    const { app } = await createApp();
    const server = app.getHttpServer() as Server;
    expect(Object.hasOwn(server, 'emit')).toBe(false);
    const own = new WebSocketServer({ server, path: '/raw' });
    expect(Object.hasOwn(server, 'emit')).toBe(true);
    own.close();
  });

  it('a provider of a module that is loaded later is held back', async () => {
    const calls: string[] = [];
    @Injectable()
    class Reports {
      @PauseDuringMaintenance()
      send(): void {
        calls.push('sent');
      }
    }
    @Module({ providers: [Reports] })
    class ReportsModule {}
    const { get } = await createApp();
    const loaded = await get(LazyModuleLoader).load(() => ReportsModule);
    const reports = loaded.get(Reports);
    await get(MaintenanceService).enable();
    reports.send();
    expect(calls).toEqual([]);
    await get(MaintenanceService).disable();
    reports.send();
    expect(calls).toEqual(['sent']);
  });
});
