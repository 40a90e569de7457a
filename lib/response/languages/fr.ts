import type { PageTexts } from '../../options/page-options.js';

export const fr: PageTexts = {
  heading: 'Maintenance en cours',
  headingOf: '{product} est en maintenance',
  readOnlyHeading: 'Aucune modification n’est possible pour le moment',
  readOnlyHeadingOf: 'Aucune modification n’est possible dans {product} pour le moment',
  body: 'Nous travaillons sur ce service et serons bientôt de retour.',
  readOnlyBody:
    'Nous travaillons sur ce service. Vous pouvez tout consulter, mais aucune modification n’est possible pour le moment.',
  until: 'Fin prévue : {time}',
  about: 'environ ',
  overdue: 'Cela prend plus de temps que prévu. Merci de votre patience.',
  reloads: 'Cette page se rechargera d’elle-même dès notre retour.',
  reload: 'Veuillez recharger cette page plus tard.',
  notSaved: 'Votre modification n’a pas été enregistrée. Veuillez revenir en arrière et réessayer plus tard.',
  contact: 'Des questions ?',
  planned: 'Maintenance prévue : {time}',
  plannedReadOnly:
    'Pendant ce temps, vous pourrez tout consulter, mais aucune modification ne sera possible.',
  dismiss: 'Masquer',
};
