import type { PageTexts } from '../../options/page-options.js';

export const sv: PageTexts = {
  heading: 'Underhåll pågår',
  headingOf: 'Underhåll av {product} pågår',
  readOnlyHeading: 'Inget kan ändras just nu',
  readOnlyHeadingOf: 'Inget kan ändras i {product} just nu',
  body: 'Vi arbetar med tjänsten och är snart tillbaka.',
  readOnlyBody: 'Vi arbetar med tjänsten. Du kan läsa allt, men ändringar är inte möjliga för tillfället.',
  until: 'Beräknas vara klart: {time}',
  about: 'cirka ',
  overdue: 'Det tar längre tid än planerat. Tack för ditt tålamod.',
  reloads: 'Sidan laddas om av sig själv när vi är tillbaka.',
  reload: 'Ladda om sidan senare.',
  notSaved: 'Din ändring sparades inte. Gå tillbaka och försök igen senare.',
  contact: 'Frågor?',
  planned: 'Planerat underhåll: {time}',
  plannedReadOnly: 'Under den tiden kan du läsa allt, men inte ändra något.',
  dismiss: 'Dölj',
};
