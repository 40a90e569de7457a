import type { PageTexts } from '../../options/page-options.js';

export const da: PageTexts = {
  heading: 'Vedligeholdelse i gang',
  headingOf: '{product} er under vedligeholdelse',
  readOnlyHeading: 'Intet kan ændres lige nu',
  readOnlyHeadingOf: 'Intet kan ændres i {product} lige nu',
  body: 'Vi arbejder på tjenesten og er snart tilbage.',
  readOnlyBody: 'Vi arbejder på tjenesten. Du kan læse alt, men ændringer er ikke mulige i øjeblikket.',
  until: 'Forventes færdig: {time}',
  about: 'cirka ',
  overdue: 'Det tager længere tid end planlagt. Tak for din tålmodighed.',
  reloads: 'Siden genindlæses af sig selv, når vi er tilbage.',
  reload: 'Genindlæs siden senere.',
  notSaved: 'Din ændring blev ikke gemt. Gå tilbage, og prøv igen senere.',
  contact: 'Spørgsmål?',
  planned: 'Planlagt vedligeholdelse: {time}',
  plannedReadOnly: 'I den tid kan du læse alt, men ikke ændre noget.',
  dismiss: 'Skjul',
};
