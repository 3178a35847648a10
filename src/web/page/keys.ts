/** Keys for those who like them; everything they do can be reached with Tab as well. */

const HERE = '[data-alert], [data-row]';
const PLACES: Readonly<Record<string, string>> = {
  o: '#/',
  s: '#/sockets',
  h: '#/host',
  c: '#/scans',
  b: '#/scans/blocks',
  q: '#/quieted',
};

/** Listens until the returned function is called. `blocked`: a dialog is open, or nobody is logged in. */
export function watchKeys(on: { readonly help: () => void; readonly blocked: () => boolean }): () => void {
  let going = -Infinity;
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || on.blocked() || types(event.target)) return;
    const second = performance.now() - going < 1500;
    going = -Infinity;
    if (event.key === 'g') going = performance.now();
    else if (second && PLACES[event.key] !== undefined) location.hash = PLACES[event.key] ?? '';
    else if (!act(event.key, on.help)) return;
    event.preventDefault();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}

function act(key: string, help: () => void): boolean {
  if (key === '?') help();
  else if (key === '/') filter();
  else if (key === 'j') step(1);
  else if (key === 'k') step(-1);
  else if (key === 'a') press('accept');
  else if (key === 'm') press('mute');
  else if (key === 'A') press('ack');
  else if (key === 'b') press('block');
  else if (key === 'u') press('unblock');
  else if (key === 'Enter') return open();
  else return false;
  return true;
}

/** To the filter; from another page first to that of the sockets. */
function filter(): void {
  const box = document.querySelector<HTMLInputElement>('[data-filter]');
  if (box !== null) return box.focus();
  location.hash = '#/sockets';
  setTimeout(() => document.querySelector<HTMLInputElement>('[data-filter]')?.focus(), 60);
}

function step(by: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>(HERE)].filter((one) => one.checkVisibility());
  const now = all.findIndex((one) => one.contains(document.activeElement));
  const next = all[now === -1 ? (by === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** The button of the alert or row that has the focus, or of the only alert there is; else that of the whole page. */
function press(name: string): void {
  const all = document.querySelectorAll('[data-alert]');
  const here = document.activeElement?.closest(HERE) ?? (all.length === 1 ? all[0] : undefined);
  const place = here === undefined ? document : here;
  place.querySelector<HTMLButtonElement>(`[data-${here === undefined ? 'page-' : ''}act="${name}"]`)?.click();
}

/** Only where a row or an article itself has the focus; a link or button in it does its own work. */
function open(): boolean {
  const here = document.activeElement;
  if (here === null || !here.matches(HERE)) return false;
  here.querySelector<HTMLElement>('h3 a, button')?.click();
  return true;
}

function types(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type="checkbox"], [type="radio"]), textarea, select')
  );
}
