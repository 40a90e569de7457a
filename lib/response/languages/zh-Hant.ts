import type { PageTexts } from '../../options/page-options.js';

export const zhHant: PageTexts = {
  heading: '系統維護中',
  headingOf: '{product} 正在維護',
  readOnlyHeading: '目前無法進行變更',
  readOnlyHeadingOf: '目前無法在 {product} 中進行變更',
  body: '我們正在維護此服務，很快就會恢復。',
  readOnlyBody: '我們正在維護此服務。您可以瀏覽所有內容，但暫時無法進行變更。',
  until: '預計完成時間：{time}',
  about: '約 ',
  overdue: '維護時間比預期更長，感謝您的耐心等候。',
  reloads: '服務恢復後，本頁面會自動重新載入。',
  reload: '請稍後重新載入本頁面。',
  notSaved: '您的變更未儲存。請返回並稍後再試。',
  contact: '有疑問？',
  planned: '預定維護：{time}',
  plannedReadOnly: '在此期間，您可以瀏覽所有內容，但無法進行變更。',
  dismiss: '關閉',
};
