import { markup, type Markup } from '../response/html.js';
import type { AdminAction, AdminView } from './admin-view.js';
import { utcMinute } from './form-snapshot.js';
import { joined } from './lists.js';

/** A form of the page, with the hidden members that make it valid once. */
export function form(
  { seal, action: url }: AdminView,
  action: AdminAction,
  content: Markup,
  hidden: Readonly<Record<string, string>> = {},
): Markup {
  if (seal === null) return markup``;
  const token = seal.token(action);
  const members = {
    action,
    revision: String(seal.revision),
    ...(token !== null && { token }),
    ...hidden,
  };
  const inputs = Object.entries(members).map(
    ([name, value]) => markup`<input type="hidden" name="${name}" value="${value}">`,
  );
  return markup`<form method="post" action="${url}">
${joined(inputs)}
${content}
</form>`;
}

interface TextField {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly required?: boolean;
}

export function textField({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<input id="${id}" name="${name}" value="${value}" dir="auto" maxlength="2000" autocomplete="off"${described(id, hint)}${required ? markup` required` : ''}></div>
`;
}

export function textArea({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<textarea id="${id}" name="${name}" rows="2" dir="auto" maxlength="2000"${described(id, hint)}${required ? markup` required` : ''}>
${value}</textarea></div>
`;
}

/** A time in UTC; the script of the page makes it one of the browser's time zone. */
export function timeField({ id, name, label, value, hint, required }: TextField): Markup {
  return markup`<div class="field"><label for="${id}">${label} <span class="zone">(UTC)</span></label>
${hintOf(id, hint)}<input id="${id}" name="${name}" value="${utcMinute(value)}" type="datetime-local"${described(id, hint)}${required ? markup` required` : ''}></div>
`;
}

interface Choice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export function select(field: Omit<TextField, 'required'>, choices: readonly Choice[]): Markup {
  const { id, name, label, value, hint } = field;
  const options = choices.map(
    (choice) =>
      markup`<option dir="auto" value="${choice.value}"${choice.value === value ? markup` selected` : ''}>${choice.label}</option>`,
  );
  return markup`<div class="field"><label for="${id}">${label}</label>
${hintOf(id, hint)}<select id="${id}" name="${name}"${described(id, hint)}>${joined(options)}</select></div>
`;
}

/** Choices that are all in view. */
export function radios(
  { id, name, label, value }: Pick<TextField, 'id' | 'name' | 'label' | 'value'>,
  choices: readonly Choice[],
): Markup {
  const inputs = choices.map((choice, index) => {
    const hint = choice.hint === undefined ? '' : markup`<span class="quiet">${choice.hint}</span>`;
    const checked = choice.value === value ? markup` checked` : '';
    return markup`<label class="choice" for="${id}-${String(index)}"><input type="radio" id="${id}-${String(index)}" name="${name}" value="${choice.value}"${checked}><span>${choice.label}${hint}</span></label>
`;
  });
  return markup`<fieldset class="field"><legend>${label}</legend>
<div class="choices">${joined(inputs)}</div></fieldset>
`;
}

/** The value of a time field. */
export function fieldTime(date: Date | null): string {
  return date === null ? '' : date.toISOString().slice(0, 16);
}

function hintOf(id: string, hint: string | undefined): Markup | '' {
  return hint === undefined
    ? ''
    : markup`<p class="hint" id="${id}-hint">${hint}</p>
`;
}

function described(id: string, hint: string | undefined): Markup | '' {
  return hint === undefined ? '' : markup` aria-describedby="${id}-hint"`;
}
