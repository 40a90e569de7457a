import type { PageTexts } from '../../options/page-options.js';

export const es: PageTexts = {
  heading: 'En mantenimiento',
  headingOf: '{product} está en mantenimiento',
  readOnlyHeading: 'Ahora mismo no se pueden hacer cambios',
  readOnlyHeadingOf: 'Ahora mismo no se pueden hacer cambios en {product}',
  body: 'Estamos trabajando en este servicio y volveremos pronto.',
  readOnlyBody:
    'Estamos trabajando en este servicio. Puede consultarlo todo, pero por el momento no es posible hacer cambios.',
  until: 'Hora prevista de finalización: {time}',
  about: 'aproximadamente ',
  overdue: 'Está tardando más de lo previsto. Gracias por su paciencia.',
  reloads: 'Esta página se recargará sola cuando estemos de vuelta.',
  reload: 'Vuelva a cargar esta página más tarde.',
  notSaved: 'Su cambio no se ha guardado. Vuelva atrás e inténtelo de nuevo más tarde.',
  contact: '¿Preguntas?',
  planned: 'Mantenimiento previsto: {time}',
  plannedReadOnly: 'Durante ese tiempo podrá consultarlo todo, pero no hacer cambios.',
  dismiss: 'Ocultar',
};
