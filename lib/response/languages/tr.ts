import type { PageTexts } from '../../options/page-options.js';

export const tr: PageTexts = {
  heading: 'Bakım çalışması',
  headingOf: '{product} bakımda',
  readOnlyHeading: 'Şu anda değişiklik yapılamıyor',
  readOnlyHeadingOf: '{product}: şu anda değişiklik yapılamıyor',
  body: 'Bu hizmet üzerinde çalışıyoruz, yakında geri döneceğiz.',
  readOnlyBody:
    'Bu hizmet üzerinde çalışıyoruz. Her şeyi görüntüleyebilirsiniz, ancak şu anda değişiklik yapmak mümkün değil.',
  until: 'Tahmini bitiş: {time}',
  about: 'yaklaşık ',
  overdue: 'Planlanandan uzun sürüyor. Sabrınız için teşekkür ederiz.',
  reloads: 'Geri döndüğümüzde bu sayfa kendiliğinden yenilenecek.',
  reload: 'Lütfen bu sayfayı daha sonra yenileyin.',
  notSaved: 'Değişikliğiniz kaydedilmedi. Lütfen geri dönün ve daha sonra tekrar deneyin.',
  contact: 'Sorularınız mı var?',
  planned: 'Planlı bakım: {time}',
  plannedReadOnly: 'Bu süre içinde her şeyi görüntüleyebilirsiniz, ancak değişiklik yapamazsınız.',
  dismiss: 'Kapat',
};
