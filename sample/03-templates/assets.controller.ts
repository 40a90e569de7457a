import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, StreamableFile } from '@nestjs/common';
import { FOLDER } from './folder.js';

@Controller('assets')
export class AssetsController {
  @Get('logo.svg')
  logo(): StreamableFile {
    return new StreamableFile(createReadStream(join(FOLDER, 'assets', 'logo.svg')), {
      type: 'image/svg+xml',
    });
  }
}
