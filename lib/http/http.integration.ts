import type { ExecutionContext } from '@nestjs/common';
import type { MaintenanceStatus } from '../interfaces/maintenance-status.js';
import type { RequestFacts } from '../interfaces/request-facts.js';
import { exposedHeaders, markBypassed } from '../response/raw-response.js';
import type { Responder } from '../response/responder.js';
import { noticeOf } from '../response/problem.js';
import type { Policy } from '../policy/policy.js';
import type { AdapterBridgeHost } from './adapter-bridge-host.js';
import type { Integration } from './integration.js';

/** Handlers of controllers. */
export class HttpIntegration implements Integration {
  readonly contextType = 'http';
  /** Sets `maintenance`, whether maintenance is active, and `maintenanceNotice` for the views of the application. */
  onHandler: ((context: ExecutionContext) => void) | undefined = (context) => {
    const { bridge } = this.host;
    if (!bridge.hasViews()) {
      this.onHandler = undefined;
      return;
    }
    const response = responseOf(context);
    const status = this.policy.applicationStatus();
    bridge.setLocal(response, 'maintenance', status.state === 'active');
    bridge.setLocal(response, 'maintenanceNotice', noticeOf(status));
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

  onExempted(context: ExecutionContext): void {
    markBypassed(this.host.bridge.rawResponse(responseOf(context)));
  }

  refusal(status: MaintenanceStatus, context: ExecutionContext): Error {
    const { bridge } = this.host;
    const response = responseOf(context);
    const exception = this.responder.exception(this.facts(context), status);
    const exposed = exposedHeaders((name) => bridge.getHeader(response, name));
    // Set here, so that the response has them whichever filter answers.
    bridge.setHeaders(response, { ...exception.answer.headers, ...exposed });
    return exception;
  }
}

/** Not by `switchToHttp()`, which creates an object with three functions each time. */
function requestOf(context: ExecutionContext): object {
  return context.getArgByIndex<object>(0);
}

function responseOf(context: ExecutionContext): object {
  return context.getArgByIndex<object>(1);
}
