/** The commands that an alert says to type next, one after another with "; " between. */

/** Without those that ask /proc of a process: when it is over, the number may be another's by now. */
export function withoutGone(next: string): string {
  return stepsOf(next)
    .filter((step) => !/\/proc\/[0-9]+\//.test(step))
    .join('; ');
}

/** With the steps that ask us spelt as they are typed where `telltale` is not found. */
export function spelt(next: string, command = 'telltale'): string {
  if (command === 'telltale') return next;
  return stepsOf(next)
    .map((step) => step.replace(/^telltale(?= )/, () => command))
    .join('; ');
}

/** Steps end at "; " outside of quotes: names in them were chosen by others and are quoted for a shell. */
export function stepsOf(next: string): readonly string[] {
  const steps: string[] = [];
  let quote = '';
  let from = 0;
  for (let at = 0; at < next.length; at++) {
    const char = next.charAt(at);
    if (quote === '' && char === '\\') at += 1;
    else if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (quote === '' && next.startsWith('; ', at)) {
      steps.push(next.slice(from, at));
      from = at + 2;
    }
  }
  return [...steps, next.slice(from)];
}
