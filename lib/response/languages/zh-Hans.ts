import type { PageTexts } from '../../options/page-options.js';

export const zhHans: PageTexts = {
  heading: '系统维护中',
  headingOf: '{product} 正在维护',
  readOnlyHeading: '目前无法进行更改',
  readOnlyHeadingOf: '目前无法在 {product} 中进行更改',
  body: '我们正在维护此服务，很快就会恢复。',
  readOnlyBody: '我们正在维护此服务。您可以浏览全部内容，但暂时无法进行更改。',
  until: '预计完成时间：{time}',
  about: '约',
  overdue: '维护时间比计划的要长，感谢您的耐心等待。',
  reloads: '服务恢复后，本页面会自动重新加载。',
  reload: '请稍后重新加载本页面。',
  notSaved: '您的更改未保存。请返回并稍后重试。',
  contact: '有疑问？',
  planned: '计划维护：{time}',
  plannedReadOnly: '在此期间，您可以浏览全部内容，但无法进行更改。',
  dismiss: '关闭',
};
