/** Ports as people write them. */

/** "22-25,80,443"; at most `parts` parts, then "…". The ports are in order. */
export function portList(ports: readonly number[], parts = 40): string {
  const words: string[] = [];
  for (let at = 0; at < ports.length; ) {
    if (words.length === parts) return `${words.join(',')},…`;
    let end = at;
    while (end + 1 < ports.length && ports[end + 1] === (ports[end] ?? 0) + 1) end += 1;
    words.push(end > at ? `${ports[at]}-${ports[end]}` : String(ports[at]));
    at = end + 1;
  }
  return words.join(',');
}
