import type { PageTexts } from '../../options/page-options.js';

export const cs: PageTexts = {
  heading: 'Probíhá údržba',
  headingOf: '{product}: probíhá údržba',
  readOnlyHeading: 'Právě teď nelze nic měnit',
  readOnlyHeadingOf: '{product}: právě teď nelze nic měnit',
  body: 'Na službě pracujeme a brzy budeme zpět.',
  readOnlyBody: 'Na službě pracujeme. Vše si můžete prohlížet, ale změny nyní nejsou možné.',
  until: 'Předpokládaný konec: {time}',
  about: 'přibližně ',
  overdue: 'Trvá to déle, než jsme plánovali. Děkujeme za trpělivost.',
  reloads: 'Až budeme zpět, stránka se sama znovu načte.',
  reload: 'Načtěte prosím tuto stránku později znovu.',
  notSaved: 'Vaše změna nebyla uložena. Vraťte se prosím zpět a zkuste to později znovu.',
  contact: 'Máte dotaz?',
  planned: 'Plánovaná údržba: {time}',
  plannedReadOnly: 'Během této doby si můžete vše prohlížet, ale změny nebudou možné.',
  dismiss: 'Skrýt',
};
