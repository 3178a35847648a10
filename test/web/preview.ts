/** Shows the page with made-up data: sh bin/node test/web/preview.ts [PORT]. Prints a link that logs in. */

import { ensurePage } from '#web/ensure-page.ts';
import { isNoWeb, launchWeb } from '#web/launch.ts';
import { makeFakeDesk } from './fake-desk.ts';

const page = await ensurePage();
console.log(page);
const fake = makeFakeDesk(Date.now());
const web = await launchWeb({
  listen: `127.0.0.1:${process.argv[2] ?? '0'}`,
  clock: { monotonicMs: () => performance.now() },
  hostName: 'web-03',
  command: 'telltale',
  deskFor: () => fake.desk,
  follow: (onPushed) => fake.follow(onPushed),
  log: console.log,
  own: new Set(),
});
if (isNoWeb(web)) {
  console.log(web.message);
  process.exit(1);
}
fake.address = web.address;
const { url } = await fake.desk.ask('web.link', {});
console.log(url, `as ${web.user}, pid ${web.pid()}`);
