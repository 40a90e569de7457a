import type { ExecutionContext } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import type { Responder } from '../response/responder.js';
import type { Policy } from '../policy/policy.js';
import type { AdapterBridgeHost } from './adapter-bridge-host.js';
import type { Integration } from './integration.js';

/** Handlers of controllers. */
export class HttpIntegration implements Integration {
  readonly contextType = 'http';
  /** Tells the application's views, if it has any, whether maintenance is active: `maintenance`. */
  onHandler: ((context: ExecutionContext) => void) | undefined = (context) => {
    const { bridge } = this.host;
    if (bridge.hasViews()) bridge.setLocal(responseOf(context), 'maintenance', this.policy.isActive());
    else this.onHandler = undefined;
  };

  constructor(
    private readonly host: AdapterBridgeHost,
    private readonly policy: Policy,
    private readonly responder: Responder,
  ) {}

  facts(context: ExecutionContext): RequestFacts {
    return this.host.bridge.facts(requestOf(context));
  }

  callKey(context: ExecutionContext): object {
    return requestOf(context);
  }

  onAdmitted(context: ExecutionContext): void {
    this.policy.admissionOf(requestOf(context))?.seal?.open();
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const exception = this.responder.exception(this.facts(context), status);
    // Set here, so that the headers are there whichever filter answers.
    this.host.bridge.setHeaders(responseOf(context), exception.answer.headers);
    return exception;
  }
}

/** `switchToHttp()` makes an object with three functions each time. */
function requestOf(context: ExecutionContext): object {
  return context.getArgByIndex<object>(0);
}

function responseOf(context: ExecutionContext): object {
  return context.getArgByIndex<object>(1);
}
