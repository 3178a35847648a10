/** Which tables stand on which tab of the Host page; what is named nowhere stands under "More". */

export interface HostTab {
  readonly id: string;
  readonly title: string;
  readonly tables: readonly string[];
}

/** The tabs, in order. Coverage has no table: it says what each check sees, and when it could not. */
const hostTabs: readonly HostTab[] = [
  {
    id: 'processes',
    title: 'Processes',
    tables: ['programs', 'odd-processes', 'processes', 'containers', 'resources', 'hidden-processes'],
  },
  { id: 'files', title: 'Files', tables: ['files', 'package-files', 'web-scripts'] },
  {
    id: 'accounts',
    title: 'Accounts',
    tables: [
      'accounts',
      'groups',
      'privileges',
      'ssh-keys',
      'ssh-settings',
      'pam',
      'shell-history',
      'certificates',
      'name-service',
      'odd-lines',
    ],
  },
  { id: 'start', title: 'Start points', tables: ['start-points', 'packages', 'package-sources', 'firewall'] },
  {
    id: 'kernel',
    title: 'Kernel',
    tables: [
      'modules',
      'kernel-settings',
      'kernel-hooks',
      'ebpf',
      'mounts',
      'loader',
      'devices',
      'disks',
      'disagreements',
    ],
  },
];

/** Tables with a page of their own. */
const elsewhere: ReadonlySet<string> = new Set(['sockets', 'connections', 'scans']);

/** The tabs with those of their tables that this watch has; "More" holds the rest. */
export function tabsOf(names: readonly string[]): readonly HostTab[] {
  const placed = new Set(hostTabs.flatMap(({ tables }) => tables));
  const rest = names.filter((name) => !placed.has(name) && !elsewhere.has(name));
  const tabs = hostTabs.map(({ id, title, tables }) => ({
    id,
    title,
    tables: tables.filter((name) => names.includes(name)),
  }));
  return [...tabs, { id: 'more', title: 'More', tables: rest }].filter(({ tables }) => tables.length > 0);
}
