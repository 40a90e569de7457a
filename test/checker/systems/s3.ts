import { startS3Server } from '../../support/s3-server.js';
import { FaultProxy } from '../fault-proxy.js';
import { HALF_OPEN, NETWORK_FAULTS, PROCESS_FAULTS } from '../faults.js';
import type { System } from './system.js';

/** Ceph's gateway, which knows conditional writes. */
export async function s3(): Promise<System> {
  const server = await startS3Server();
  const bucket = await server.makeBucket();
  const port = Number(new URL(server.endpoint).port);
  return {
    promises: { atomic: true, neverLate: false, rejectedIsVoid: true },
    faults: [
      ...PROCESS_FAULTS,
      ...NETWORK_FAULTS,
      HALF_OPEN,
      {
        name: 'the gateway stands still',
        begin: async () => {
          server.freeze();
          return async () => server.thaw();
        },
      },
      {
        name: 'the gateway is killed and started again',
        begin: async () => {
          await server.kill();
          return () => server.revive();
        },
      },
    ],
    connect: async () => {
      const link = await FaultProxy.start(port);
      const { credentials } = server;
      return { storage: { kind: 's3', port: link.port, bucket, credentials }, links: [link] };
    },
    stop: () => server.stop(),
  };
}
