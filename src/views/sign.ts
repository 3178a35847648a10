/** The four signs as glyph, ASCII letter, word and colour: meaning is never carried by colour alone. */

import { type Alert, type Sign, signOf } from '#model/finding.ts';

const GLYPHS: Readonly<Record<Sign, string>> = { act: '◆', watch: '◐', note: '·', settled: '○' };
const ASCII: Readonly<Record<Sign, string>> = { act: '!', watch: '?', note: '.', settled: '-' };

/** How signs look in light surroundings (mail); every one has at least 4.89:1 on the page's ground. */
export const signColours: Readonly<Record<Sign, string>> = {
  act: '#a8135f',
  watch: '#8a5200',
  note: '#3b6478',
  settled: '#1c6a4f',
};

/** The same where it is dark around them. */
export const darkSignColours: Readonly<Record<Sign, string>> = {
  act: '#ff7fbd',
  watch: '#f0b04e',
  note: '#8fbdd2',
  settled: '#6fc7a2',
};

/** ◆ ◐ · ○, or ! ? . - where only ASCII may be written. */
export function glyph(sign: Sign, ascii = false): string {
  return ascii ? ASCII[sign] : GLYPHS[sign];
}

/** The sign of an alert as it stands now. */
export function signOfAlert(alert: Alert): Sign {
  return signOf(alert.finding.severity, alert.state, alert.explainedBy !== undefined);
}

/** The gravest sign of several alerts; settled when there is none. */
export function gravestSign(alerts: readonly Alert[]): Sign {
  const signs = new Set(alerts.map(signOfAlert));
  return (['act', 'watch', 'note'] as const).find((sign) => signs.has(sign)) ?? 'settled';
}
