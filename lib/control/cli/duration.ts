const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of `30m`, `1h30m`, `2d` or `90s`, larger units first; null for anything else, and for no time at all. */
export function parseDuration(text: string): number | null {
  const { d, h, m, s } =
    /^(?:(?<d>\d{1,4})d)?(?:(?<h>\d{1,5})h)?(?:(?<m>\d{1,7})m)?(?:(?<s>\d{1,9})s)?$/.exec(text)?.groups ?? {};
  const total =
    Number(d ?? 0) * DAY + Number(h ?? 0) * HOUR + Number(m ?? 0) * MINUTE + Number(s ?? 0) * SECOND;
  return total > 0 ? total : null;
}
