import { All, Controller, Get, Head, Post, Req, VERSION_NEUTRAL, Version } from '@nestjs/common';
import { MaintenanceOff, MaintenanceOn, MaintenanceScope } from 'nestjs-maintenance-mode';
import { note, type Noted } from '../journal.js';

function answer(request: Noted, what: string): string {
  note(request, what);
  return what;
}

/** Open and closed handlers side by side, where one pattern covers what another names. */
@Controller('off')
export class OffController {
  @Get()
  @MaintenanceOff()
  get(@Req() request: Noted): string {
    return answer(request, 'off:get');
  }

  @Post()
  post(@Req() request: Noted): string {
    return answer(request, 'post');
  }

  @All('all')
  @MaintenanceOff()
  all(@Req() request: Noted): string {
    return answer(request, 'off:all');
  }

  @Get('items/secret')
  secret(@Req() request: Noted): string {
    return answer(request, 'items/secret');
  }

  @Get('items/:id')
  @MaintenanceOff()
  item(@Req() request: Noted): string {
    return answer(request, 'off:items/:id');
  }

  @Get('wild/closed')
  closed(@Req() request: Noted): string {
    return answer(request, 'wild/closed');
  }

  @Get('wild/*')
  @MaintenanceOff()
  wild(@Req() request: Noted): string {
    return answer(request, 'off:wild');
  }

  @Head('by-method')
  @MaintenanceOff()
  head(@Req() request: Noted): string {
    return answer(request, 'off:head');
  }

  @Get('by-method')
  notHead(@Req() request: Noted): string {
    return answer(request, 'by-method');
  }

  /** Middleware of the application answers in its place. */
  @Get('middleware')
  @MaintenanceOff()
  behindMiddleware(@Req() request: Noted): string {
    return answer(request, 'off:middleware');
  }

  /** Express: a raw route stands before it, or its URL is rewritten to that of one. */
  @Get(['shadowed', 'rewritten'])
  @MaintenanceOff()
  shadowed(@Req() request: Noted): string {
    return answer(request, 'off:shadowed');
  }
}

/** A wildcard that an open route is beneath, the other way round. */
@Controller('other')
export class OtherController {
  @Get('open/health')
  @MaintenanceOff()
  health(@Req() request: Noted): string {
    return answer(request, 'off:open/health');
  }

  @All('*')
  rest(@Req() request: Noted): string {
    return answer(request, 'other');
  }
}

@Controller('class')
@MaintenanceOff()
export class ClassController {
  @Get('open')
  open(@Req() request: Noted): string {
    return answer(request, 'off:class');
  }

  @Get('scoped')
  @MaintenanceScope('billing')
  scoped(@Req() request: Noted): string {
    return answer(request, 'class/scoped');
  }

  /** Closed always: with maintenance off it answers 503 as well. */
  @Get('on')
  @MaintenanceOn()
  on(@Req() request: Noted): string {
    return answer(request, 'class/on');
  }
}

/** One function for several classes, whose decorators differ. */
abstract class Items {
  protected abstract readonly kind: string;

  @Get('list')
  list(@Req() request: Noted): string {
    return answer(request, `${this.kind}list`);
  }

  @Get('health')
  @MaintenanceOff()
  health(@Req() request: Noted): string {
    return answer(request, 'off:inherited health');
  }
}

@Controller('inherited/open')
@MaintenanceOff()
export class OpenItems extends Items {
  protected readonly kind = 'off:';
}

@Controller('inherited/closed')
export class ClosedItems extends Items {
  protected readonly kind = 'closed ';
}

/** Beneath the path that `RouterModule` gives its module. */
@Controller('area')
export class NestedController {
  @Get('open')
  @MaintenanceOff()
  open(@Req() request: Noted): string {
    return answer(request, 'off:nested');
  }

  @Get('closed')
  closed(@Req() request: Noted): string {
    return answer(request, 'nested');
  }
}

@Controller({ path: 'versioned', version: '1' })
export class FirstVersion {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'version 1');
  }
}

@Controller({ path: 'versioned', version: '2' })
@MaintenanceOff()
export class SecondVersion {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'off:version 2');
  }
}

@Controller('versions')
export class ManyVersions {
  @Get('neutral')
  @Version(VERSION_NEUTRAL)
  @MaintenanceOff()
  neutral(@Req() request: Noted): string {
    return answer(request, 'off:neutral');
  }

  @Get('listed')
  @Version(['1', '3'])
  @MaintenanceOff()
  listed(@Req() request: Noted): string {
    return answer(request, 'off:listed');
  }
}

@Controller({ path: 'hosted', host: 'admin.example.com' })
@MaintenanceOff()
export class HostedController {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'off:hosted');
  }
}

/** The same path on all other hosts, which Express can do. */
@Controller('hosted')
export class UnhostedController {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'unhosted');
  }
}

@Controller({ path: 'tenants', host: ':tenant.example.com' })
export class TenantController {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'tenant');
  }
}

@Controller('tenants')
@MaintenanceOff()
export class NoTenantController {
  @Get()
  get(@Req() request: Noted): string {
    return answer(request, 'off:no tenant');
  }
}

/** At the paths of static files. */
@Controller('files')
@MaintenanceOff()
export class FilesController {
  @Post('open.txt')
  post(@Req() request: Noted): string {
    return answer(request, 'off:files');
  }
}

/** Falls through to the file wherever the host is another one, which Express does. */
@Controller({ path: 'files', host: 'admin.example.com' })
@MaintenanceOff()
export class HostedFilesController {
  @Get('hosted.txt')
  get(@Req() request: Noted): string {
    return answer(request, 'off:hosted file');
  }
}

@Controller()
export class OptionalPartsOnExpress {
  @Get('optional{/:part}')
  @MaintenanceOff()
  get(@Req() request: Noted): string {
    return answer(request, 'off:optional');
  }

  @Post('optional/:part')
  post(@Req() request: Noted): string {
    return answer(request, 'optional');
  }
}

@Controller()
export class OptionalPartsOnFastify {
  @Get('optional/:part?')
  @MaintenanceOff()
  get(@Req() request: Noted): string {
    return answer(request, 'off:optional');
  }

  @Get('pattern/:number(^\\d+$)')
  @MaintenanceOff()
  pattern(@Req() request: Noted): string {
    return answer(request, 'off:pattern');
  }
}
