/** The short name that a process goes by. */

/**
 * comm, as ps and ss show it; but the name of the file where the runtime has put only the name of a thread behind it:
 * Node calls each of its processes "node-MainThread".
 */
export function processName(comm: string, exe: string): string {
  const file = exe.slice(exe.lastIndexOf('/') + 1);
  return comm === '' || (file !== '' && comm.startsWith(`${file}-`)) ? file : comm;
}
