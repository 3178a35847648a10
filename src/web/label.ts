/** Names of fields as people read them; shared with the page. */

/** Short names of the trade, said in words. */
const LABELS: Readonly<Record<string, string>> = {
  exe: 'program file',
  exeState: 'state of the file',
  exePlace: 'place of the file',
  comm: 'name as it runs',
  cmdline: 'command line',
  uid: 'user number',
  gid: 'group number',
  pid: 'process number',
};

/** "exposureWhy" → "exposure why", "receiveQueueBytes" → "receive queue bytes". */
export function fieldLabel(name: string): string {
  if (Object.hasOwn(LABELS, name)) return LABELS[name] ?? name;
  return name.replace(/([a-z])([A-Z])/g, (_all, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}
