import { Controller, type MessageEvent, Sse } from '@nestjs/common';
import { map, type Observable, timer } from 'rxjs';

@Controller('kettle')
export class KettleController {
  @Sse()
  temperature(): Observable<MessageEvent> {
    return timer(0, 1000).pipe(map((second) => ({ data: `${Math.min(20 + second * 2, 100)} °C` })));
  }
}
