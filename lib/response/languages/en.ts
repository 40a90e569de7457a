import type { PageTexts } from '../../options/page-options.js';

export const en: PageTexts = {
  heading: 'Down for maintenance',
  headingOf: '{product} is down for maintenance',
  readOnlyHeading: 'Nothing can be changed right now',
  readOnlyHeadingOf: 'Nothing can be changed in {product} right now',
  body: 'We are working on this service and will be back soon.',
  readOnlyBody:
    'We are working on this service. You can read everything, but changes are not possible for the moment.',
  until: 'We expect to be done by {time}',
  about: 'about ',
  overdue: 'This is taking longer than planned. Thank you for your patience.',
  reloads: 'This page reloads by itself when we are back.',
  reload: 'Please reload this page later.',
  notSaved: 'Your change was not saved. Please go back and try it again later.',
  contact: 'Questions?',
  planned: 'Planned maintenance: {time}',
  plannedReadOnly: 'During that time you can read everything, but not change anything.',
  dismiss: 'Dismiss',
};
