/** A script appeared below a folder of a web server. See docs/rules/web-script-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type WebScriptRow, webScripts } from '#sensors/web-scripts.ts';
import { page, shellScript } from './web-script-samples.ts';
import { aboutScript, scriptName, weighScript } from './web-script-words.ts';

export default defineRule<WebScriptRow>({
  id: 'web-script-new',
  doc: 'A file that a web server runs appeared below one of its folders.',
  on: 'web-scripts',
  table: webScripts,
  attack: ['T1505.003'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    const { severity, why } = weighScript(row);
    return {
      ...aboutScript(row),
      severity,
      title: `New ${scriptName(row)}`,
      why: `${why} Whoever may put a script where a web server runs it commands the host by asking for a page.`,
    };
  },
  samples: [
    {
      name: 'a shell of the web user',
      judgement: { change: { type: 'added', after: shellScript } },
      expect: 'critical',
    },
    {
      name: 'a script of the web user',
      judgement: { change: { type: 'added', after: { ...shellScript, tricks: [] } } },
      expect: 'high',
    },
    { name: 'a page that root put there', judgement: { change: { type: 'added', after: page } }, expect: 'low' },
    {
      name: 'a page of root that runs what the visitor sends',
      judgement: { change: { type: 'added', after: { ...page, tricks: ['eval of what the visitor sends'] } } },
      expect: 'high',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: shellScript }, learning: true },
      expect: undefined,
    },
    { name: 'a known page', judgement: { change: { type: 'added', after: page }, known: true }, expect: undefined },
  ],
});
