import { Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { MaintenanceService } from '../../state/maintenance.service.js';

/** Nest's own, of which only this is needed. */
export interface Provider {
  readonly metatype: unknown;
  readonly instance: unknown;
  getCtorMetadata(): readonly (Provider | undefined)[] | undefined;
  getPropertiesMetadata(): readonly { readonly wrapper: Provider }[] | undefined;
}

/**
 * Knows which classes could ask the `MaintenanceService` to wait for the work in flight, since it, or something that has it,
 * is injected into them. Asked when all instances are made.
 */
@Injectable()
export class ServiceDependents {
  constructor(private readonly modules: ModulesContainer) {}

  has(provider: Provider, seen = new Set<Provider>()): boolean {
    if (seen.has(provider)) return false;
    seen.add(provider);
    return (
      provider.instance instanceof MaintenanceService ||
      dependenciesOf(provider).some((dependency) => this.has(dependency, seen))
    );
  }

  hasClass(type: unknown): boolean {
    return this.#all().some((provider) => provider.metatype === type && this.has(provider));
  }

  /** Whether the application has one at all. */
  get isAnybody(): boolean {
    return this.#all()
      .flatMap(dependenciesOf)
      .some(({ instance }) => instance instanceof MaintenanceService);
  }

  /** Of all modules but the one that brings the service. */
  #all(): readonly Provider[] {
    return [...this.modules.values()]
      .filter(({ providers }) => !providers.has(MaintenanceService))
      .flatMap(({ controllers, providers }) =>
        Array.from<Provider>(controllers.values()).concat(...providers.values()),
      );
  }
}

function dependenciesOf(provider: Provider): readonly Provider[] {
  const ofConstructor = (provider.getCtorMetadata() ?? []).filter((dependency) => dependency !== undefined);
  const ofProperties = (provider.getPropertiesMetadata() ?? []).map(({ wrapper }) => wrapper);
  return [...ofConstructor, ...ofProperties];
}
