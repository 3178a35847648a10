/** What a container is called, from the text of /proc/PID/cgroup: the engine's own name where the path has it, else its id. */

/** `id` is the full container id where there is one, so that the engine's files can be asked for the name. */
export interface ContainerName {
  readonly name: string;
  readonly id: string;
}

// Each has one capture: the name or the id. Bounded repeats only: what runs in a container chooses parts of the path.
const ids = /(?:docker[-/]|libpod-|cri-containerd-|crio-|containerd-|\/)([0-9a-f]{64})(?:\.scope)?(?:\/|\n|$)/;
const names = [
  /\/lxc(?:\.payload)?[./]([A-Za-z0-9_.-]{1,64}?)(?:\/|\n|$)/,
  /\/machine\.slice\/machine-((?:[A-Za-z0-9_.]|\\x2d){1,128})\.scope/,
  /\/machine\.slice\/systemd-nspawn@((?:[A-Za-z0-9_.]|\\x2d){1,128})\.service/,
];

/** Name and id of the container that a process is in; undefined when it is in none that we know. */
export function containerNameOf(cgroup: string): ContainerName | undefined {
  for (const pattern of names) {
    const name = pattern.exec(cgroup)?.[1];
    if (name !== undefined) return { name: name.replaceAll(String.raw`\x2d`, '-'), id: '' };
  }
  const id = ids.exec(cgroup)?.[1];
  return id === undefined ? undefined : { name: id.slice(0, 12), id };
}
