import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { MaintenanceScope, PauseDuringMaintenance } from 'nestjs-maintenance-mode';

/** Rests with its scope, and with the whole application. */
@Injectable()
@MaintenanceScope('billing')
export class InvoicesService {
  @Interval(1000)
  @PauseDuringMaintenance()
  async write(): Promise<void> {
    process.stdout.write('Invoice written.\n');
  }
}
