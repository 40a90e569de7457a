import { Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { MaintenanceScope, PauseDuringMaintenance } from 'nestjs-maintenance-mode';

/** Paused while its scope or the whole application is in maintenance. */
@Injectable()
@MaintenanceScope('billing')
export class InvoicesService {
  @Interval(1000)
  @PauseDuringMaintenance()
  async write(): Promise<void> {
    process.stdout.write('Invoice written.\n');
  }
}
