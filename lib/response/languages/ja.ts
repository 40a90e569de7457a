import type { PageTexts } from '../../options/page-options.js';

export const ja: PageTexts = {
  heading: 'ただいまメンテナンス中です',
  headingOf: '{product} はメンテナンス中です',
  readOnlyHeading: '現在、変更できません',
  readOnlyHeadingOf: '現在、{product} では変更できません',
  body: 'サービスの作業を行っています。まもなく再開いたします。',
  readOnlyBody: 'サービスの作業を行っています。閲覧はできますが、変更は一時的にできません。',
  until: '終了予定：{time}',
  about: '約 ',
  overdue: '予定より時間がかかっています。お待ちいただき、ありがとうございます。',
  reloads: '再開すると、このページは自動的に再読み込みされます。',
  reload: 'しばらくしてから、このページを再読み込みしてください。',
  notSaved: '変更は保存されませんでした。前のページに戻り、しばらくしてからもう一度お試しください。',
  contact: 'お問い合わせ：',
  planned: 'メンテナンスのお知らせ：{time}',
  plannedReadOnly: 'その間、閲覧はできますが、変更はできません。',
  dismiss: '閉じる',
};
