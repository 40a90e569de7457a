// The contract suite under Node's own test runner.
import { describe, it } from 'node:test';
import { MemoryStorage } from '../../../dist/index.js';
import { describeMaintenanceStorage } from '../../../dist/testing.js';

const [, , broken] = process.argv;

function open() {
  const storage = new MemoryStorage();
  if (broken === 'broken') storage.read = async () => null;
  return { connect: () => storage };
}

describeMaintenanceStorage('MemoryStorage', open, { describe, it });
