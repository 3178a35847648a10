/** A script of a web server was written anew. See docs/rules/web-script-changed.md. */

import { defineRule } from '#model/sensor.ts';
import { type WebScriptRow, webScripts } from '#sensors/web-scripts.ts';
import { page, shellScript } from './web-script-samples.ts';
import { aboutScript, scriptName, weighScript } from './web-script-words.ts';

export default defineRule<WebScriptRow>({
  id: 'web-script-changed',
  doc: 'Content, owner or rights of a script that a web server runs changed.',
  on: 'web-scripts',
  table: webScripts,
  attack: ['T1505.003'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed') return undefined;
    const { before, after } = change;
    const { severity, why } = weighScript(after);
    const owner = before.owner === after.owner ? '' : `; before it was ${before.owner}'s`;
    return {
      ...aboutScript(after),
      severity: severity === 'high' && after.tricks.length === 0 ? 'medium' : severity,
      title: `Changed: ${scriptName(after)}${owner}`,
      why: `${why} A line in a page that everybody knows is the quietest web shell.`,
    };
  },
  samples: [
    {
      name: 'a page of the web user was made a shell',
      judgement: {
        change: { type: 'changed', before: { ...shellScript, tricks: [], changedMs: 1 }, after: shellScript },
      },
      expect: 'critical',
    },
    {
      name: 'a page of the web user was written by an update of itself',
      judgement: {
        change: {
          type: 'changed',
          before: { ...shellScript, tricks: [], changedMs: 1 },
          after: { ...shellScript, tricks: [] },
        },
      },
      expect: 'medium',
    },
    {
      name: "a page of root's was deployed anew",
      judgement: { change: { type: 'changed', before: { ...page, changedMs: 1 }, after: page }, known: true },
      expect: 'low',
    },
    { name: 'a new page', judgement: { change: { type: 'added', after: page } }, expect: undefined },
  ],
});
