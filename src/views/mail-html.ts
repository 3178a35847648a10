/**
 * The HTML form of a mail: no script, nothing fetched, styles on the elements only (clients throw <style> away), tables
 * for layout, readable without any of it. Colours are those of the page in light surroundings; clients that keep a
 * <style> and know that it is dark around them (Apple Mail, Thunderbird) show those of the dark page.
 */

import { html, markup } from '#lib/escape.ts';
import type { Alert, Sign } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import { type AlertPart, alertParts, titleOf, type View } from './alert.ts';
import { incidentHead, incidentTitle } from './incident.ts';
import { alertsOf, limitWords, otherLines } from './mail.ts';
import { darkSignColours, glyph, gravestSign, signColours, signOfAlert } from './sign.ts';

const COLOUR = { deep: '#fcfdfc', shoal: '#e3eef2', land: '#f6e7b8', ink: '#14242b', ink2: '#4d6069', line: '#b9cbd2' };
const DARK = { deep: '#0b161b', shoal: '#12242c', land: '#3d341b', ink: '#dbe7ea', ink2: '#90a7b0', line: '#2b4450' };
const SANS = "'Atkinson Hyperlegible Next','Atkinson Hyperlegible',Verdana,'DejaVu Sans',sans-serif";
const MONO = "'Atkinson Hyperlegible Mono','DejaVu Sans Mono',Menlo,Consolas,monospace";

/** Parts that are texts of programs: set in the face that tells 1 from l. */
const MONO_PARTS = new Set(['who', 'as', 'from', 'in', 'peer']);

/** A whole HTML document. */
export function mailHtml(notice: Notice, view: View): string {
  const alerts = alertsOf(notice);
  const { incident } = notice;
  const held = limitWords(notice, view);
  const several = incident.count > 1;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">',
    `<title>${markup(incidentTitle(incident))}</title>${darkStyle()}</head>`,
    `<body style="margin:0;padding:0;background:${COLOUR.deep};color:${COLOUR.ink};font:16px/1.5 ${SANS};overflow-wrap:anywhere">`,
    `<table role="presentation" width="100%" cellspacing="0" cellpadding="0" style="border-collapse:collapse;background:${COLOUR.deep}"><tr><td align="center">`,
    '<table role="presentation" width="100%" cellspacing="0" cellpadding="0" style="border-collapse:collapse;max-width:680px;text-align:left">',
    header(notice, alerts),
    held === '' ? '' : band(markup(held)),
    several ? headline(incidentHead(incident, alerts)) : '',
    ...alerts.map((alert) => alertRow(alert, view, !several)),
    othersRow(notice),
    footer(notice, view),
    '</table></td></tr></table></body></html>',
  ].join('\n');
}

/** Each colour of the elements below, by the dark one in its place. */
function darkStyle(): string {
  const texts = [
    [COLOUR.ink, DARK.ink],
    [COLOUR.ink2, DARK.ink2],
    ...Object.entries(signColours).map(([sign, light]) => [light, darkSignColours[sign as Sign]]),
  ];
  const grounds = (['deep', 'shoal', 'land'] as const).map((name) => [COLOUR[name], DARK[name]]);
  const rules = [
    ...texts.map(([light, dark]) => `[style*="color:${light}"]{color:${dark}!important}`),
    ...grounds.map(([light, dark]) => `[style*="background:${light}"]{background:${dark}!important}`),
    `[style*="solid ${COLOUR.line}"]{border-color:${DARK.line}!important}`,
  ];
  return `<style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`;
}

/** What a summary stands for beside the first. */
function othersRow(notice: Notice): string {
  const lines = otherLines(notice);
  if (lines.length === 0) return '';
  const listed = lines.map((line) => `<p style="margin:0 0 6px">${markup(line)}</p>`).join('');
  return `<tr><td style="padding:18px 24px;border-top:1px solid ${COLOUR.line}"><h2 style="margin:0 0 8px;font-size:18px;line-height:1.35;font-weight:600">Also changed</h2>${listed}</td></tr>`;
}

function header(notice: Notice, alerts: readonly Alert[]): string {
  const colour = signColours[gravestSign(alerts)];
  return [
    `<tr><td style="padding:14px 24px;border-bottom:1px solid ${COLOUR.line}">`,
    '<table role="presentation" width="100%" cellspacing="0" cellpadding="0"><tr>',
    `<td style="font-weight:650;font-size:17px"><span style="color:${COLOUR.ink}">&#8212;</span><span style="color:${colour}">&#9670;</span><span style="color:${COLOUR.ink}">&#8212;</span>&nbsp; telltale</td>`,
    `<td align="right" style="font:14px/1.5 ${MONO};color:${COLOUR.ink2}">${html(notice.alert.host)}</td>`,
    '</tr></table></td></tr>',
  ].join('');
}

function band(text: string): string {
  return `<tr><td style="padding:12px 24px;background:${COLOUR.land}">${text}</td></tr>`;
}

function headline([title = '', summary = '']: readonly string[]): string {
  const under = summary === '' ? '' : `<p style="margin:6px 0 0;color:${COLOUR.ink2}">${markup(summary)}</p>`;
  return [
    '<tr><td style="padding:24px 24px 16px">',
    `<h1 style="margin:0;font-size:25px;line-height:1.2;font-weight:600;letter-spacing:-.01em">${markup(title)}</h1>`,
    `${under}</td></tr>`,
  ].join('');
}

/** One alert: the sign beside its title, why first, then the details, then what can be pasted. */
function alertRow(alert: Alert, view: View, alone: boolean): string {
  const sign = signOfAlert(alert);
  const parts = alertParts(alert, view);
  const why = parts.find((part) => part.label === 'why');
  const size = alone ? 'font-size:23px;line-height:1.25' : 'font-size:18px;line-height:1.35';
  const tag = alone ? 'h1' : 'h2';
  return [
    `<tr><td style="padding:20px 24px 18px;${alone ? '' : `border-top:1px solid ${COLOUR.line}`}">`,
    `<${tag} style="margin:0 0 8px;${size};font-weight:600;letter-spacing:-.01em">`,
    `<span style="color:${signColours[sign]}" title="${sign}">${glyph(sign)}</span>&nbsp; ${markup(titleOf(alert))}</${tag}>`,
    why ? `<p style="margin:0 0 14px">${markup(why.text)}</p>` : '',
    '<table role="presentation" cellspacing="0" cellpadding="0" style="border-collapse:collapse">',
    ...parts.filter((part) => part.paste !== true && part !== why).map(detailRow),
    '</table>',
    ...parts.filter((part) => part.paste === true).map(pasteBlock),
    '</td></tr>',
  ].join('');
}

function detailRow(part: AlertPart): string {
  const face = MONO_PARTS.has(part.label) ? `font:14px/1.5 ${MONO}` : 'font-size:15px';
  return [
    `<tr><td valign="top" style="padding:2px 16px 2px 0;color:${COLOUR.ink2};font-size:15px;white-space:nowrap">${part.label}</td>`,
    `<td valign="top" style="padding:2px 0;${face}">${markup(part.text)}</td></tr>`,
  ].join('');
}

const PASTE_TITLES: Readonly<Record<string, string>> = {
  next: 'Look at this next',
  accept: 'If this is normal',
};

function pasteBlock(part: AlertPart): string {
  return [
    `<p style="margin:14px 0 4px;color:${COLOUR.ink2};font-size:15px">${PASTE_TITLES[part.label] ?? part.label}</p>`,
    `<pre style="margin:0;padding:8px 12px;background:${COLOUR.shoal};font:14px/1.5 ${MONO};white-space:pre-wrap">${markup(part.text)}</pre>`,
  ].join('');
}

function footer(notice: Notice, view: View): string {
  return [
    `<tr><td style="padding:14px 24px 28px;border-top:1px solid ${COLOUR.line};color:${COLOUR.ink2};font-size:14px">`,
    `Telltale on ${html(notice.alert.host)}. All of it: <span style="font-family:${MONO}">${html(view.command ?? 'telltale')} changes</span></td></tr>`,
  ].join('');
}
