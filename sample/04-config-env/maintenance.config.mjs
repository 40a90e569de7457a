import { ConfigModule } from '@nestjs/config';
import { maintenanceConfig } from 'nestjs-maintenance-mode/config';

// The command line finds this file by its name. It takes the same variables as the application: one state file for both.
await ConfigModule.forRoot();

export default maintenanceConfig();
