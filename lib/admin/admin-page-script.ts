/** Shows times as they are where the browser is, and says when somebody else has changed something. The page works without it. */
export const ADMIN_SCRIPT = `
(() => {
  const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' })
    .formatToParts(new Date()).find(({ type }) => type === 'timeZoneName').value;
  const format = new Intl.DateTimeFormat(undefined, {
    day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', timeZoneName: 'short',
  });
  for (const time of document.querySelectorAll('time')) {
    time.textContent = format.format(new Date(time.dateTime));
    time.lang = format.resolvedOptions().locale;
  }

  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const units = [['day', 86400], ['hour', 3600], ['minute', 60]];
  const distance = (date) => {
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size * 1.5) ?? (Math.abs(seconds) < 45 ? [] : units[2]);
    return unit ? relative.format(Math.round(seconds / size), unit) : 'now';
  };
  const tick = () => {
    for (const span of document.querySelectorAll('[data-distance]'))
      span.textContent = '(' + distance(new Date(span.dataset.distance)) + ')';
  };
  tick();
  setInterval(tick, 15000);

  // Fields have no time zone: their times are local ones here, and UTC on their way.
  const local = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  for (const field of document.querySelectorAll('input[type=datetime-local]')) {
    if (field.value) field.value = field.defaultValue = local(new Date(field.value + 'Z'));
    const label = document.querySelector('label[for="' + field.id + '"] .zone');
    if (label) label.textContent = '(' + zone + ')';
  }
  document.addEventListener('formdata', ({ target, formData }) => {
    for (const { name, value, type } of target.elements) {
      if (type === 'datetime-local' && value) formData.set(name, new Date(value).toISOString());
    }
  });

  const link = document.querySelector('a[data-once]');
  if (link) {
    const field = document.getElementById('link');
    field.value = link.href;
    field.select();
  }

  const { status, revision } = document.querySelector('main').dataset;
  const changed = document.getElementById('changed');
  const ask = async () => {
    if (document.hidden || !changed.hidden) return;
    try {
      const response = await fetch(status, { cache: 'no-store', headers: { Accept: 'application/json' } });
      const body = await response.json();
      if (typeof body.revision === 'number' && String(body.revision) !== revision) changed.hidden = false;
    } catch {
      // No network, or no server: asked again.
    }
  };
  if (revision) {
    setInterval(ask, 10000);
    document.addEventListener('visibilitychange', ask);
  }
})();
`;
