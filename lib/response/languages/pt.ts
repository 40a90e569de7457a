import type { PageTexts } from '../../options/page-options.js';

export const pt: PageTexts = {
  heading: 'Em manutenção',
  headingOf: '{product} está em manutenção',
  readOnlyHeading: 'Não é possível fazer alterações neste momento',
  readOnlyHeadingOf: 'Não é possível fazer alterações em {product} neste momento',
  body: 'Estamos trabalhando neste serviço e voltaremos em breve.',
  readOnlyBody:
    'Estamos trabalhando neste serviço. É possível consultar tudo, mas não fazer alterações neste momento.',
  until: 'Conclusão prevista: {time}',
  about: 'cerca de ',
  overdue: 'Está demorando mais do que o previsto. Obrigado pela sua paciência.',
  reloads: 'Esta página será recarregada automaticamente quando voltarmos.',
  reload: 'Recarregue esta página mais tarde.',
  notSaved: 'A sua alteração não foi salva. Volte e tente novamente mais tarde.',
  contact: 'Dúvidas?',
  planned: 'Manutenção programada: {time}',
  plannedReadOnly: 'Nesse período será possível consultar tudo, mas não fazer alterações.',
  dismiss: 'Dispensar',
};
