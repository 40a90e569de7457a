import type { PageTexts } from '../../options/page-options.js';

export const he: PageTexts = {
  heading: 'האתר בתחזוקה',
  headingOf: '{product} בתחזוקה',
  readOnlyHeading: 'לא ניתן לבצע שינויים כרגע',
  readOnlyHeadingOf: 'לא ניתן לבצע שינויים ב־{product} כרגע',
  body: 'אנחנו עובדים על השירות ונחזור בקרוב.',
  readOnlyBody: 'אנחנו עובדים על השירות. אפשר לצפות בהכול, אבל כרגע אי אפשר לבצע שינויים.',
  until: 'סיום משוער: {time}',
  about: 'בערך ',
  overdue: 'זה לוקח יותר זמן מהמתוכנן. תודה על הסבלנות.',
  reloads: 'הדף ייטען מחדש מעצמו כשנחזור.',
  reload: 'יש לטעון את הדף מחדש מאוחר יותר.',
  notSaved: 'השינוי לא נשמר. יש לחזור אחורה ולנסות שוב מאוחר יותר.',
  contact: 'שאלות?',
  planned: 'תחזוקה מתוכננת: {time}',
  plannedReadOnly: 'בזמן הזה אפשר לצפות בהכול, אבל אי אפשר לבצע שינויים.',
  dismiss: 'הסתרה',
};
