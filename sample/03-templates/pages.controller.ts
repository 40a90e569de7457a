import { Controller, Get, Render } from '@nestjs/common';
import { MaintenanceOff } from 'nestjs-maintenance-mode';

/** All views share `views/layout.hbs`, which shows a banner while `maintenance` is on. */
@Controller()
export class PagesController {
  @Get()
  @Render('home')
  home(): object {
    return { title: 'The Tea Shop' };
  }

  /** Open in any case, with the banner. */
  @MaintenanceOff()
  @Get('opening-hours')
  @Render('opening-hours')
  openingHours(): object {
    return { title: 'Opening hours' };
  }

  /** Where visitors are sent with `MAINTENANCE_MODE_REDIRECT_URL=/closed`: that alone keeps it open. */
  @Get('closed')
  @Render('closed')
  closed(): object {
    return { title: 'We are closed' };
  }
}
