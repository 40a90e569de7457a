import type { PageTexts } from '../../options/page-options.js';

export const fi: PageTexts = {
  heading: 'Huoltokatko',
  headingOf: '{product}: huoltokatko',
  readOnlyHeading: 'Muutoksia ei voi tehdä juuri nyt',
  readOnlyHeadingOf: '{product}: muutoksia ei voi tehdä juuri nyt',
  body: 'Huollamme palvelua ja palaamme pian.',
  readOnlyBody: 'Huollamme palvelua. Voit lukea kaikkea, mutta muutoksia ei voi tällä hetkellä tehdä.',
  until: 'Arvioitu päättymisaika: {time}',
  about: 'noin ',
  overdue: 'Huolto kestää suunniteltua kauemmin. Kiitos kärsivällisyydestäsi.',
  reloads: 'Tämä sivu latautuu itsestään uudelleen, kun palvelu on taas käytössä.',
  reload: 'Lataa tämä sivu myöhemmin uudelleen.',
  notSaved: 'Muutostasi ei tallennettu. Palaa takaisin ja yritä myöhemmin uudelleen.',
  contact: 'Kysyttävää?',
  planned: 'Suunniteltu huoltokatko: {time}',
  plannedReadOnly: 'Sinä aikana voit lukea kaikkea, mutta muutoksia ei voi tehdä.',
  dismiss: 'Piilota',
};
