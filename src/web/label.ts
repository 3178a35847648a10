/** Names of fields as people read them; shared with the page. */

/** "exposureWhy" → "exposure why", "receiveQueueBytes" → "receive queue bytes". */
export function fieldLabel(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}
