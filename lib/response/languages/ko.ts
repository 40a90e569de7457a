import type { PageTexts } from '../../options/page-options.js';

export const ko: PageTexts = {
  heading: '서비스 점검 중입니다',
  headingOf: '{product} 점검 중입니다',
  readOnlyHeading: '지금은 변경할 수 없습니다',
  readOnlyHeadingOf: '지금은 {product}에서 변경할 수 없습니다',
  body: '서비스를 점검하고 있습니다. 곧 다시 이용하실 수 있습니다.',
  readOnlyBody: '서비스를 점검하고 있습니다. 모든 내용을 볼 수 있지만 지금은 변경할 수 없습니다.',
  until: '종료 예정: {time}',
  about: '약 ',
  overdue: '예정보다 오래 걸리고 있습니다. 기다려 주셔서 감사합니다.',
  reloads: '서비스가 재개되면 이 페이지는 자동으로 새로 고쳐집니다.',
  reload: '잠시 후 이 페이지를 새로 고쳐 주세요.',
  notSaved: '변경 내용이 저장되지 않았습니다. 이전 페이지로 돌아가 나중에 다시 시도해 주세요.',
  contact: '문의:',
  planned: '점검 예정: {time}',
  plannedReadOnly: '이 시간에는 모든 내용을 볼 수 있지만 변경할 수 없습니다.',
  dismiss: '닫기',
};
