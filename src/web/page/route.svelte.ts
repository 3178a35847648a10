/** The state of the page in its address, so that every view can be linked: #/, #/sockets?filter=…, #/alert/ID, #/host/TAB, #/scans/TAB, #/quieted. */

export interface Route {
  readonly view: 'overview' | 'sockets' | 'host' | 'scans' | 'alert' | 'quieted';
  readonly id: string;
  readonly query: URLSearchParams;
}

const views = ['sockets', 'host', 'scans', 'alert', 'quieted'] as const;

function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
  const [first = '', id = ''] = path.split('/');
  const view = views.find((one) => one === first) ?? 'overview';
  return { view, id: decode(id), query: new URLSearchParams(query) };
}

class Router {
  route: Route = $state.raw(parseRoute(location.hash));
  constructor() {
    addEventListener('hashchange', () => {
      this.route = parseRoute(location.hash);
    });
  }
  /** Changes the query of the address without a step in the history: filters are typed letter by letter. */
  query(changes: Readonly<Record<string, string>>): void {
    const query = new URLSearchParams(this.route.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    const place = this.route.id === '' ? this.route.view : `${this.route.view}/${encodeURIComponent(this.route.id)}`;
    history.replaceState(null, '', `#/${place}${text === '' ? '' : `?${text}`}`);
    this.route = parseRoute(location.hash);
  }
}

export const router = new Router();

/** A damaged escape in a pasted address is no reason to fail. */
function decode(text: string): string {
  return /%(?![0-9a-f]{2})/i.test(text) ? text : decodeURIComponent(text);
}
