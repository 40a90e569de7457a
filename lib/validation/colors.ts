/** Red, green and blue, each from 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** A color of the form `#rgb` or `#rrggbb`; null if it is none. */
export function parseColor(text: string): Color | null {
  if (!/^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(text)) return null;
  const digits = text.length === 4 ? text.replaceAll(/[\da-f]/gi, '$&$&') : text;
  const part = (start: number): number => Number.parseInt(digits.slice(start, start + 2), 16);
  return [part(1), part(3), part(5)];
}

/** `#rrggbb` */
export function hexOf(color: Color): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** A mixture of two colors; `share` is that of the second, from 0 to 1. */
export function mixed(one: Color, other: Color, share: number): Color {
  const mix = (index: 0 | 1 | 2): number => one[index] + (other[index] - one[index]) * share;
  return [mix(0), mix(1), mix(2)];
}

/** The contrast of two colors, from 1 to 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: Color, other: Color): number {
  const lighter = Math.max(luminance(one), luminance(other));
  const darker = Math.min(luminance(one), luminance(other));
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance([red, green, blue]: Color): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(value: number): number {
  return value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
}
