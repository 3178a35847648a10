/** doas.conf(5): one rule a line, the last one that fits decides. */

import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';

/** `who`: "bob", ":group"; `target` "" for any user; `command` "" for any. */
export interface DoasRule {
  readonly line: number;
  readonly permit: boolean;
  readonly options: readonly string[];
  readonly who: string;
  readonly target: string;
  readonly command: string;
}

/** doas refuses the whole file when one line is wrong; everything that can be read is read here. */
export function parseDoasConf(text: string): ParsedConfig<DoasRule> {
  return parseConfig(text, doasLine);
}

const OPTION = /^(?:nopass|nolog|persist|keepenv|setenv)$/;

function doasLine(raw: string, line: number): LineResult<DoasRule> {
  const words = raw.match(/"(?:[^"\\]|\\.?)*(?:"|$)|\{[^}]*(?:\}|$)|#.*|[^\s"{#]+/g) ?? [];
  const end = words.findIndex((word) => word.startsWith('#'));
  const rule = (end < 0 ? words : words.slice(0, end)).map((word) => word.replace(/^"(.*)"$/, '$1'));
  if (rule.length === 0) return {};
  const [action = '', ...rest] = rule;
  if (action !== 'permit' && action !== 'deny') return { problem: 'begins neither with permit nor with deny' };
  const options = optionsAt(rest);
  const who = rest.shift();
  if (who === undefined) return { problem: 'does not say for whom' };
  const target = wordAfter(rest, 'as');
  const command = wordAfter(rest, 'cmd');
  const args = rest[0] === 'args' ? ` ${rest.splice(0).slice(1).join(' ')}` : '';
  if (target === undefined || command === undefined || rest.length > 0)
    return { problem: 'holds a word that doas does not know' };
  const row = { line, permit: action === 'permit', options, who, target, command: `${command}${args}`.trimEnd() };
  return { row };
}

/** Takes the options off the front. */
function optionsAt(rest: string[]): readonly string[] {
  const options: string[] = [];
  for (let option = rest[0]; option !== undefined && OPTION.test(option); option = rest[0]) {
    rest.shift();
    const braces = option === 'setenv' && rest[0]?.startsWith('{') === true ? ` ${rest.shift() ?? ''}` : '';
    options.push(`${option}${braces}`);
  }
  return options;
}

/** Takes "word value" off the front: "" where it does not stand there, undefined where its value is missing. */
function wordAfter(rest: string[], word: string): string | undefined {
  return rest[0] === word ? rest.splice(0, 2)[1] : '';
}
