/** What a container is called in the files of its engine, and in Kubernetes its pod. */

import { containerNameOf, podLabelOf, podOf } from '#formats/container-name.ts';
import { type Files, isFailure } from '#model/host.ts';

/** Where the kubelet keeps the logs of each pod: NAMESPACE_POD_UID. Root's alone. */
const PODS = '/var/log/pods';

/**
 * The name of the container that a process is in, by the text of its /proc/PID/cgroup: "web", in Kubernetes "shop/web"
 * (namespace and pod), the short id where nothing names it; undefined when it is in none.
 */
export function containerLabel(files: Pick<Files, 'read' | 'list'>, cgroup: string): string | undefined {
  const container = containerNameOf(cgroup);
  if (container === undefined) return undefined;
  const pod = podOf(cgroup);
  return (
    (pod === undefined ? undefined : podName(files, pod)) ??
    (container.id === '' ? undefined : nameOfId(files, container.id, cgroup)) ??
    container.name
  );
}

/** A pod's containers share its network. */
function podName(files: Pick<Files, 'list'>, uid: string): string | undefined {
  const folders = files.list(PODS);
  return isFailure(folders) ? undefined : podLabelOf(folders, uid);
}

/** The name given with `docker run --name` or `podman run --name`, which outlives the id. */
function nameOfId(files: Pick<Files, 'read'>, id: string, cgroup: string): string | undefined {
  return cgroup.includes(`libpod-${id}`) ? podmanName(files, id) : dockerName(files, id);
}

/** Of root's containers: those of other users are listed in files that these users write. */
function podmanName(files: Pick<Files, 'read'>, id: string): string | undefined {
  const pattern = new RegExp(`"id":"${id}","names":\\["([A-Za-z0-9][A-Za-z0-9_.-]{0,127})"`);
  // The second has those of `podman run --rm`.
  for (const list of ['containers.json', 'volatile-containers.json']) {
    const text = files.read(`/var/lib/containers/storage/overlay-containers/${list}`, 4 << 20);
    const name = isFailure(text) ? undefined : pattern.exec(text.toString('latin1'))?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}

function dockerName(files: Pick<Files, 'read'>, id: string): string | undefined {
  const text = files.read(`/var/lib/docker/containers/${id}/config.v2.json`, 4 << 20);
  if (isFailure(text)) return undefined;
  return /"Name":"\/([A-Za-z0-9][A-Za-z0-9_.-]{0,127})"/.exec(text.toString('latin1'))?.[1];
}
