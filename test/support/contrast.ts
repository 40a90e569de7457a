import type { Page } from 'playwright-core';

type Color = readonly [red: number, green: number, blue: number];

interface SeenText {
  readonly text: string;
  readonly color: string;
  readonly background: string;
}

/** Runs in the page: each visible text with its color and the nearest background behind it that is not transparent. */
const SEEN_TEXTS = `(() => {
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || !element.checkVisibility()) continue;
    let behind = element;
    while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
    seen.push({
      text, color: getComputedStyle(element).color, background: behind ? getComputedStyle(behind).backgroundColor : '',
    });
  }
  return seen;
})()`;

/** The contrast of each text that is seen with what is behind it (WCAG 2.2, from 1 to 21). */
export async function contrasts(page: Page): Promise<{ text: string; contrast: number }[]> {
  const texts = await page.evaluate<SeenText[]>(SEEN_TEXTS);
  return texts.map(({ text, color, background }) => ({
    text,
    contrast: contrast(parse(color), parse(background)),
  }));
}

function contrast(one: Color, other: Color): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @throws for a color that is transparent in part: what is seen then depends on what is behind. */
function parse(color: string): Color {
  const [, red, green, blue] = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color) ?? [];
  if (red === undefined) throw new Error(`This is no opaque color: "${color}"`);
  return [Number(red), Number(green), Number(blue)];
}
