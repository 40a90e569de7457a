import type { PageTexts } from '../../options/page-options.js';

export const nb: PageTexts = {
  heading: 'Vedlikehold pågår',
  headingOf: '{product} er under vedlikehold',
  readOnlyHeading: 'Ingenting kan endres akkurat nå',
  readOnlyHeadingOf: 'Ingenting kan endres i {product} akkurat nå',
  body: 'Vi arbeider med tjenesten og er snart tilbake.',
  readOnlyBody: 'Vi arbeider med tjenesten. Du kan lese alt, men endringer er ikke mulig for øyeblikket.',
  until: 'Forventes ferdig: {time}',
  about: 'cirka ',
  overdue: 'Det tar lengre tid enn planlagt. Takk for tålmodigheten.',
  reloads: 'Siden lastes inn på nytt av seg selv når vi er tilbake.',
  reload: 'Last inn siden på nytt senere.',
  notSaved: 'Endringen din ble ikke lagret. Gå tilbake og prøv igjen senere.',
  contact: 'Spørsmål?',
  planned: 'Planlagt vedlikehold: {time}',
  plannedReadOnly: 'I denne tiden kan du lese alt, men ikke endre noe.',
  dismiss: 'Skjul',
};
