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

/** The uid of the Kubernetes pod that a process is in, as the kubelet writes it; undefined when it is in none. */
export function podOf(cgroup: string): string | undefined {
  // The cgroup driver "systemd" cannot have "-" in it: kubepods-besteffort-podUID.slice; "cgroupfs": kubepods/besteffort/podUID.
  const uid =
    /\/(?:kubepods-(?:besteffort-|burstable-)?|kubepods\/(?:besteffort\/|burstable\/)?)pod([0-9a-f_-]{32,36})(?:\.slice)?\//.exec(
      cgroup,
    )?.[1];
  return uid?.replaceAll('_', '-');
}

/** What controllers add to the name of a pod: of its template, and five letters of the pod (k8s.io/apimachinery rand.go). */
const DRAWN = /(?:-[bcdf-hj-np-tv-xz2456789]{6,10})?-[bcdf-hj-np-tv-xz2456789]{5}$/;

/**
 * "shop/web" for the pod of this uid, among the names of folders as "shop_web-7d4b9c5d6f-x2x4z_UID": without what is drawn anew
 * at each start. Undefined when it is not among them.
 */
export function podLabelOf(folders: readonly string[], uid: string): string | undefined {
  const folder = folders.find((name) => name.endsWith(`_${uid}`));
  const [, namespace, pod] = /^([a-z0-9][a-z0-9-]{0,62})_([a-z0-9][a-z0-9.-]{0,252})_/.exec(folder ?? '') ?? [];
  return namespace === undefined || pod === undefined ? undefined : `${namespace}/${pod.replace(DRAWN, '')}`;
}
