/** The metadata of `@ApiExcludeController()` of @nestjs/swagger, which is not imported: an application may not have it. */
const EXCLUDE_CONTROLLER = 'swagger/apiExcludeController';

/** Keeps a controller out of the OpenAPI document of the application. If the key changes, the document lists its routes. */
export function hideFromOpenApi(controller: object): void {
  Reflect.defineMetadata(EXCLUDE_CONTROLLER, [true], controller);
}
