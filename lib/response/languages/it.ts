import type { PageTexts } from '../../options/page-options.js';

export const it: PageTexts = {
  heading: 'In manutenzione',
  headingOf: '{product} è in manutenzione',
  readOnlyHeading: 'Al momento non è possibile modificare nulla',
  readOnlyHeadingOf: 'Al momento non è possibile modificare nulla in {product}',
  body: 'Stiamo lavorando su questo servizio e torneremo presto.',
  readOnlyBody:
    'Stiamo lavorando su questo servizio. È possibile consultare tutto, ma al momento non si possono fare modifiche.',
  until: 'Fine prevista: {time}',
  about: 'circa ',
  overdue: 'Ci vuole più tempo del previsto. Grazie per la pazienza.',
  reloads: 'Questa pagina si ricaricherà da sola al nostro ritorno.',
  reload: 'Ricaricare questa pagina più tardi.',
  notSaved: 'La modifica non è stata salvata. Tornare indietro e riprovare più tardi.',
  contact: 'Domande?',
  planned: 'Manutenzione programmata: {time}',
  plannedReadOnly: 'In quel periodo sarà possibile consultare tutto, ma non fare modifiche.',
  dismiss: 'Nascondi',
};
