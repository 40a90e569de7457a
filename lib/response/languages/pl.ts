import type { PageTexts } from '../../options/page-options.js';

export const pl: PageTexts = {
  heading: 'Trwają prace serwisowe',
  headingOf: '{product}: trwają prace serwisowe',
  readOnlyHeading: 'W tej chwili nie można niczego zmieniać',
  readOnlyHeadingOf: '{product}: w tej chwili nie można niczego zmieniać',
  body: 'Pracujemy nad tym serwisem i wkrótce wrócimy.',
  readOnlyBody:
    'Pracujemy nad tym serwisem. Wszystko można przeglądać, ale zmiany nie są w tej chwili możliwe.',
  until: 'Przewidywany koniec prac: {time}',
  about: 'mniej więcej ',
  overdue: 'Trwa to dłużej, niż planowaliśmy. Dziękujemy za cierpliwość.',
  reloads: 'Ta strona odświeży się sama, gdy wrócimy.',
  reload: 'Prosimy odświeżyć tę stronę później.',
  notSaved: 'Zmiana nie została zapisana. Prosimy wrócić i spróbować ponownie później.',
  contact: 'Pytania?',
  planned: 'Planowane prace serwisowe: {time}',
  plannedReadOnly: 'W tym czasie wszystko można przeglądać, ale nie można niczego zmieniać.',
  dismiss: 'Ukryj',
};
