import type { PageTexts } from '../../options/page-options.js';

export const nl: PageTexts = {
  heading: 'In onderhoud',
  headingOf: '{product} is in onderhoud',
  readOnlyHeading: 'Er kan nu niets worden gewijzigd',
  readOnlyHeadingOf: 'Er kan nu niets worden gewijzigd in {product}',
  body: 'We werken aan deze dienst en zijn snel weer terug.',
  readOnlyBody:
    'We werken aan deze dienst. U kunt alles bekijken, maar wijzigen is op dit moment niet mogelijk.',
  until: 'We verwachten klaar te zijn op {time}',
  about: 'ongeveer ',
  overdue: 'Het duurt langer dan gepland. Bedankt voor uw geduld.',
  reloads: 'Deze pagina wordt vanzelf opnieuw geladen zodra we terug zijn.',
  reload: 'Laad deze pagina later opnieuw.',
  notSaved: 'Uw wijziging is niet opgeslagen. Ga terug en probeer het later opnieuw.',
  contact: 'Vragen?',
  planned: 'Gepland onderhoud: {time}',
  plannedReadOnly: 'In die tijd kunt u alles bekijken, maar niets wijzigen.',
  dismiss: 'Verbergen',
};
