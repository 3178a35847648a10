/** Lines of shell start files that keep the history of commands from being written: bash(1), zshparam(1), ksh(1). */

/** One such line; `text` cut at 200 characters. */
export interface HistorySetting {
  readonly line: number;
  readonly text: string;
}

const NAME = '(?:export\\s+|typeset\\s+|declare\\s+(?:-\\w+\\s+)*|readonly\\s+)?';
const PATTERNS: readonly RegExp[] = [
  new RegExp(`(?:^|[;&|{\\s])${NAME}HISTFILE=(?:["']?/dev/null|["']{2}|\\s|;|$)`),
  /(?:^|[;&|{\s])unset\s+(?:-v\s+)?(?:\w+\s+)*HISTFILE\b/,
  new RegExp(`(?:^|[;&|{\\s])${NAME}(?:HISTSIZE|HISTFILESIZE|SAVEHIST)=["']?0["']?(?:\\s|;|$)`),
  new RegExp(`(?:^|[;&|{\\s])${NAME}HISTIGNORE=["']?\\*["']?(?:\\s|;|$)`),
  /(?:^|[;&|{\s])set\s+\+o\s+history\b/,
  /(?:^|[;&|{\s])history\s+-[cw]*c/,
  /(?:^|[;&|{\s])(?:rm|shred|truncate|ln)\s[^;&|]*\.(?:bash|zsh|sh|z)_?history\b/,
];

/** Comments are passed over; a line with a quote that goes on is read by itself, which is right for all of these. */
export function parseHistorySettings(text: string): readonly HistorySetting[] {
  const found: HistorySetting[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw
      .slice(0, 2000)
      .replace(/(?:^|\s)#.*$/, '')
      .trim();
    if (content !== '' && PATTERNS.some((pattern) => pattern.test(content)))
      found.push({ line: index + 1, text: content.slice(0, 200) });
  }
  return found;
}
