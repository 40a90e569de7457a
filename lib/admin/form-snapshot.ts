/** The values that a form was rendered with, as one hidden field: they show which fields a person has touched. */
export function snapshotOf(values: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Whether a field has another value than it was rendered with; without a snapshot, every field counts as touched. */
export function isTouched(sent: Readonly<Record<string, string>>, name: string): boolean {
  const rendered = valuesIn(sent['was'] ?? '')[name];
  return typeof rendered !== 'string' || comparable(rendered) !== comparable(sent[name] ?? '');
}

/** The same text of a person, however a browser sends it: line breaks, and the times that the script sends. */
export function comparable(value: string): string {
  return utcMinute(value.replaceAll('\r\n', '\n'));
}

/** What the script of the page has sent, as the value of a time field. */
export function utcMinute(value: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/.test(value) ? value.slice(0, 16) : value;
}

function valuesIn(snapshot: string): Readonly<Record<string, unknown>> {
  try {
    const values: unknown = JSON.parse(Buffer.from(snapshot, 'base64url').toString());
    return typeof values === 'object' && values !== null ? { ...values } : {};
  } catch {
    return {};
  }
}
