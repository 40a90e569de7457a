import type { PageTexts } from '../../options/page-options.js';

export const de: PageTexts = {
  heading: 'Wartungsarbeiten',
  headingOf: '{product} wird gerade gewartet',
  readOnlyHeading: 'Änderungen sind gerade nicht möglich',
  readOnlyHeadingOf: 'Änderungen in {product} sind gerade nicht möglich',
  body: 'Wir arbeiten an diesem Dienst und sind bald zurück.',
  readOnlyBody: 'Wir arbeiten an diesem Dienst. Sie können alles lesen, aber im Moment nichts ändern.',
  until: 'Voraussichtliches Ende: {time}',
  about: 'etwa ',
  overdue: 'Es dauert länger als geplant. Vielen Dank für Ihre Geduld.',
  reloads: 'Diese Seite lädt von selbst neu, sobald wir zurück sind.',
  reload: 'Bitte laden Sie diese Seite später neu.',
  notSaved:
    'Ihre Änderung wurde nicht gespeichert. Bitte gehen Sie zurück und versuchen Sie es später noch einmal.',
  contact: 'Fragen?',
  planned: 'Geplante Wartung: {time}',
  plannedReadOnly: 'In dieser Zeit können Sie alles lesen, aber nichts ändern.',
  dismiss: 'Ausblenden',
};
