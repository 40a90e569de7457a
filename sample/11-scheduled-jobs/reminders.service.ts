import { Injectable } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { PauseDuringMaintenance } from 'nestjs-maintenance-mode';

@Injectable()
export class RemindersService {
  @Cron(CronExpression.EVERY_SECOND)
  @PauseDuringMaintenance()
  remind(): void {
    process.stdout.write('Reminder: the tea is ready.\n');
  }

  /** Goes on during maintenance. */
  @Cron(CronExpression.EVERY_SECOND)
  async beat(): Promise<void> {
    process.stdout.write('Still alive.\n');
  }
}
