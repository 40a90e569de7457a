import { All, Controller, HttpCode } from '@nestjs/common';

/** Answers every path with 200, for tests that ask in which spellings a path is blocked. */
@Controller()
export class AnyPathController {
  @All(['/', '*'])
  @HttpCode(200)
  answer(): string {
    return 'served';
  }
}
