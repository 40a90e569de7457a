import type { FactoryProvider } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import { JOB_PAUSES, pausesProcess } from './decorators/maintenance.decorators.js';
import { RESOLVED_OPTIONS, STATE_PARTS } from './interfaces/tokens.js';
import {
  AdapterBridgeHost,
  HttpIntegration,
  type Integration,
  type IntegrationParts,
  Integrations,
} from './http/integration.js';
import { MaintenanceGuard } from './http/maintenance.guard.js';
import {
  asHttpServer,
  hookServer,
  onceUpgradesAreHeard,
  type ServerHooks,
  whileOpen,
} from './internals/node-http.js';
import { gatewayClasses, graphqlModules, patternHandlers } from './internals/nest.js';
import { PausedMethods } from './policy/paused-methods.js';
import type { ResolvedOptions } from './options/resolved-options.js';
import { Policy } from './policy/policy.js';
import { Responder } from './response/responder.js';
import type { StateParts } from './state/state-parts.js';
import { InFlightWork } from './drain/in-flight-work.js';

/**
 * Finds out what the application uses besides HTTP, and loads only these integrations. Nest creates it before it binds
 * gateways and registers message handlers.
 */
export const integrationsProvider: FactoryProvider<Integrations> = {
  provide: Integrations,
  useFactory: async (
    modules: ModulesContainer,
    applicationConfig: ApplicationConfig,
    adapterHost: HttpAdapterHost,
    moduleRef: ModuleRef,
    options: ResolvedOptions,
    { state }: StateParts,
    work: InFlightWork,
    policy: Policy,
    responder: Responder,
    host: AdapterBridgeHost,
  ) => {
    let guard: MaintenanceGuard | undefined;
    const parts: IntegrationParts = {
      modules,
      applicationConfig,
      adapterHost,
      options,
      state,
      work,
      policy,
      responder,
      host,
      guard: () => (guard ??= moduleRef.get<MaintenanceGuard>(MaintenanceGuard)),
    };
    const all = [new HttpIntegration(host, policy, responder), ...(await load(parts))];
    return new Integrations(all, policy, responder, host);
  },
  inject: [
    ModulesContainer,
    ApplicationConfig,
    HttpAdapterHost,
    ModuleRef,
    RESOLVED_OPTIONS,
    STATE_PARTS,
    InFlightWork,
    Policy,
    Responder,
    AdapterBridgeHost,
  ],
};

/** Decides for `@PauseDuringMaintenance()`. */
export const jobPausesProvider: FactoryProvider<PausedMethods> = {
  provide: JOB_PAUSES,
  useFactory: async (
    modules: ModulesContainer,
    policy: Policy,
    { state }: StateParts,
    work: InFlightWork,
  ) => {
    const queues = pausesProcess()
      ? new (await import('./integrations/bullmq/bullmq.integration.js')).BullmqIntegration(state)
      : null;
    return new PausedMethods(modules, policy, work, state, queues);
  },
  inject: [ModulesContainer, Policy, STATE_PARTS, InFlightWork],
};

async function load(parts: IntegrationParts): Promise<readonly Integration[]> {
  const { modules } = parts;
  const integrations: Integration[] = [];
  if (graphqlModules(modules).length > 0) {
    const { GraphqlIntegration } = await import('./integrations/graphql/graphql.integration.js');
    integrations.push(new GraphqlIntegration(parts));
  }
  if (gatewayClasses(modules).length > 0) {
    const { WebSocketsIntegration } = await import('./integrations/websockets/websockets.integration.js');
    integrations.push(await WebSocketsIntegration.create(parts));
  } else {
    integrations.push(withoutGateways(parts));
  }
  if (patternHandlers(modules).length > 0) {
    const { MicroservicesIntegration } =
      await import('./integrations/microservices/microservices.integration.js');
    integrations.push(await MicroservicesIntegration.create(parts));
  }
  return integrations;
}

/**
 * For an application without gateways, which may have upgrades all the same, such as subscriptions of GraphQL: `Upgrades` is
 * loaded when the first listener for them is added.
 */
function withoutGateways(parts: IntegrationParts): Integration {
  let loading: Promise<ServerHooks> | undefined;
  return {
    contextType: 'ws',
    facts: () => null,
    refusal: (status) => parts.responder.exception(null, status),
    onModuleInit: () => {
      const server = asHttpServer(parts.adapterHost.httpAdapter?.getHttpServer?.());
      if (!server) return;
      onceUpgradesAreHeard(server, () => {
        loading = loadUpgrades(parts);
        hookServer(server, whenLoaded(loading));
      });
    },
    onApplicationBootstrap: () => loading,
  };
}

async function loadUpgrades(parts: IntegrationParts): Promise<ServerHooks> {
  const { Upgrades } = await import('./integrations/websockets/upgrades.js');
  return Upgrades.create(parts);
}

function whenLoaded(loading: Promise<ServerHooks>): ServerHooks {
  return {
    upgrade: (request, socket, pass) => {
      whileOpen(socket, loading, (hooks) => hooks.upgrade(request, socket, pass)).catch(() =>
        socket.destroy(),
      );
    },
  };
}
