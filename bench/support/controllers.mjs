import { Controller, Get } from '@nestjs/common';

const TEAS = `<!doctype html><title>Teas</title>${'<p>Assam, Ceylon, Darjeeling, Keemun, Sencha.</p>'.repeat(42)}`;

/**
 * What passes is as large as what the blocked get: 2 KB. In one piece: V8 puts a string that is joined together sooner or
 * later, and the length of one that is not takes a third of a microsecond.
 */
const PAGE = Buffer.from(TEAS).toString();

const CONTROLLERS = 5;
const HANDLERS = 10;

/** The page that all benches ask for, and the paths of the fifty others. */
export const PLAIN_PATH = '/teas/green/sencha';
export const MORE_PATHS = Array.from({ length: CONTROLLERS }, (_, c) =>
  Array.from({ length: HANDLERS }, (__, h) => `/part-${c}/page-${h}`),
).flat();

/** Decorators by hand: this is JavaScript, which every Node runs. */
function decorateMethod(type, name, decorators) {
  Reflect.decorate(decorators, type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
}

function plainController() {
  class TeaController {
    page() {
      return PAGE;
    }
  }
  decorateMethod(TeaController, 'page', [Get('green/sencha')]);
  Controller('teas')(TeaController);
  return TeaController;
}

/** In turns on the class, on handlers, and on both. */
function maintenanceDecorators({ MaintenanceOff, MaintenanceScope }) {
  const scope = MaintenanceScope('billing');
  const off = MaintenanceOff();
  return [
    { ofClass: [off], ofHandler: () => [] },
    { ofClass: [scope], ofHandler: () => [] },
    { ofClass: [], ofHandler: (handler) => [handler % 2 === 0 ? off : scope] },
    { ofClass: [scope], ofHandler: (handler) => (handler % 3 === 0 ? [off] : []) },
    { ofClass: [], ofHandler: (handler) => [MaintenanceScope(`part-${handler}`)] },
  ];
}

const UNDECORATED = { ofClass: [], ofHandler: () => [] };

/** Nest keeps what it knows of a handler at its function: each route has one of its own. */
const makeHandler = (page) => () => page;

function moreControllers(decorators) {
  return Array.from({ length: CONTROLLERS }, (_, index) => {
    const { ofClass, ofHandler } = decorators?.[index] ?? UNDECORATED;
    class PartController {
      id = index;
    }
    for (let handler = 0; handler < HANDLERS; handler += 1) {
      const name = `page${handler}`;
      Object.defineProperty(PartController.prototype, name, { value: makeHandler(PAGE), configurable: true });
      decorateMethod(PartController, name, [Get(`page-${handler}`), ...ofHandler(handler)]);
    }
    Reflect.decorate([Controller(`part-${index}`), ...ofClass], PartController);
    return PartController;
  });
}

/**
 * @param hasMore whether there are fifty more routes.
 * @param library what decorates them; without it they are the same routes, undecorated.
 */
export function controllers(hasMore, library) {
  return [plainController(), ...(hasMore ? moreControllers(library && maintenanceDecorators(library)) : [])];
}
