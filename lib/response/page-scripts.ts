/** Functions of the scripts that write times. */
export const TIME_FUNCTIONS = `
// The visitor's variant of the page's language, such as de-AT.
const localeFor = (language) => {
  const primary = (tag) => tag.split('-')[0];
  return navigator.languages.find((tag) => primary(tag) === primary(language)) ?? language;
};

// "in about 25 minutes"
const fromNow = (minutes, locale, about) => {
  const [count, unit] =
    minutes >= 2880 ? [minutes / 1440, 'day'] : minutes >= 90 ? [minutes / 60, 'hour'] : [Math.max(1, minutes), 'minute'];
  const parts = new Intl.RelativeTimeFormat(locale).formatToParts(Math.round(count), unit);
  return parts.map(({ type, value }) => (type === 'integer' ? about + value : value)).join('');
};
`;

/** Dates in the visitor's time zone and in the page's language; beside the end, how long it will take from now. */
export const DATES_SCRIPT = `
(() => {
${TIME_FUNCTIONS}
  const time = document.querySelector('time');
  if (!time) return;
  const locale = localeFor(document.documentElement.lang);
  const end = new Date(time.dateTime);
  const format = new Intl.DateTimeFormat(locale, {
    weekday: 'long', day: 'numeric', month: 'long', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
    ...(end.getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
  });
  time.textContent = format.format(end);
  time.lang = format.resolvedOptions().locale;

  const relative = document.getElementById('relative');
  const overdue = document.getElementById('overdue');
  relative.lang = time.lang;
  const update = () => {
    const minutes = (end - Date.now()) / 60000;
    // When the end comes, the page waits a moment: usually it goes away.
    relative.hidden = minutes <= 0;
    overdue.hidden = minutes > -0.25;
    if (minutes > 0) relative.textContent = fromNow(minutes, locale, relative.dataset.about);
    setTimeout(update, 10000);
  };
  update();
})();
`;

/** Comes back when maintenance is over. The element has what it must know of the page in its data attributes. */
export const RELOAD_SCRIPT = `
(() => {
  const { mode, method, endsAt } = document.currentScript.dataset;
  // A page that may be read would come back at once, and take the message away; so would one that answers a form.
  if (mode === 'read-only' || method !== 'GET') return;
  const waiting = document.getElementById('waiting');
  if (waiting) waiting.hidden = false;

  let pause = 4000;
  let timer;

  // Anything but maintenance means that it is over for this visitor, except for a server that is just being restarted.
  const isOver = (response) =>
    response.type === 'opaqueredirect' ||
    ((response.headers.get('Maintenance-Mode') ?? 'bypassed') === 'bypassed' && response.status < 500);

  // Not reload(), which would send a form a second time. The address is changed first: to go to one that differs in its
  // hash only, or not at all but for having one, would load nothing.
  const comeBack = () => {
    const { href } = location;
    history.replaceState(null, '', '?maintenance-is-over');
    location.replace(href);
  };

  const check = async () => {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      const response = await fetch(location.href, { method: 'HEAD', cache: 'no-store', redirect: 'manual' });
      if (isOver(response)) return comeBack();
    } catch {
      // No network, or no server: asked again.
    }
    wait();
  };

  const wait = () => {
    const untilEnd = endsAt ? new Date(endsAt) - Date.now() : 0;
    const jittered = pause * (0.75 + Math.random() / 2);
    pause = Math.min(pause * 1.5, 30000);
    clearTimeout(timer);
    timer = setTimeout(check, untilEnd > 0 && untilEnd < jittered ? untilEnd + Math.random() * 2000 : jittered);
  };

  document.addEventListener('visibilitychange', check);
  wait();
})();
`;
