/** Families of rules that no drill rehearses, and why: shown by `telltale rehearse --list`. */

/** What is not rehearsed. */
export interface LeftOut {
  /** Table whose rules have no drill. */
  readonly table: string;
  readonly why: string;
}

export const leftOut: readonly LeftOut[] = [
  { table: 'modules', why: 'no module does nothing: each one that is loaded or taken out changes the running kernel' },
  {
    table: 'devices',
    why: 'a device must be plugged in; what programs can make (loop, zram) is left out by the watch',
  },
  { table: 'namespaces', why: 'it is looked at once a minute, and a rehearsal waits for ten seconds' },
  {
    table: 'hidden-processes',
    why: 'a process must be hidden from the whole host, and then from whoever looks for it',
  },
  { table: 'disagreements', why: 'two views of the kernel would have to be made to differ' },
  { table: 'groups', why: 'a group made for a moment is part of the account that the drill "account" makes' },
  {
    table: 'packages',
    why: 'a package must be installed; what dpkg does is told with the run, which has tests of its own',
  },
  { table: 'odd-lines', why: 'a file that the system reads would have to be damaged' },
  { table: 'ssh-settings', why: 'a setting that sshd reads would be in force for whoever starts it meanwhile' },
  { table: 'telltale', why: 'we would have to alter our own program or settings' },
  { table: 'outside-checks', why: 'your own checks are programs of yours: let one fail' },
];
