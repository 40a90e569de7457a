const MAX_LENGTH = 500;

/** What was thrown, as one line for a log. Other people's code throws anything, and what it throws may throw again. */
export function errorText(error: unknown): string {
  const text = textOf(error).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
}

function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'an error that cannot be shown as text';
  }
}
