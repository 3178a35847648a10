/**
 * Mounts that come and go by themselves, with users, containers and services, and mean nothing: they are no rows. Each
 * is known by place and kind, so that nothing else hides behind its place. docs/sensors/mounts.md shows this table.
 */

import type { Mount } from './mountinfo.ts';

export interface MountNoise {
  readonly what: string;
  readonly point: RegExp;
  readonly type: RegExp;
}

const CONTAINERS = 'docker|containers|containerd|kubelet|rancher|k3s|lxc|lxd|incus|machines|buildkit';

const mountNoise: readonly MountNoise[] = [
  { what: 'network namespaces by name', point: /^\/run\/(?:docker\/)?netns\/[^/]+$/, type: /^nsfs$/ },
  { what: 'their folder, which "ip netns" mounts on itself', point: /^\/run\/(?:docker\/)?netns$/, type: /./ },
  { what: 'mount namespaces of snaps', point: /^\/run\/snapd\/ns(?:\/[^/]+)?$/, type: /^(?:nsfs|tmpfs)$/ },
  { what: 'snaps', point: /^(?:\/var\/lib\/snapd)?\/snap\/[^/]+\/[^/]+$/, type: /^(?:squashfs|fuse\.squashfuse)$/ },
  {
    what: 'what container engines mount for their containers',
    point: new RegExp(`^/(?:var/lib|run|run/user/\\d+)/(?:${CONTAINERS})/`),
    type: /^(?:overlay|fuse\.fuse-overlayfs|tmpfs|nsfs|proc|mqueue|sysfs|zfs|btrfs|devpts)$/,
  },
  { what: 'run-time folders of users', point: /^\/run\/user\/\d+$/, type: /^tmpfs$/ },
  { what: "what users' desktops mount there", point: /^\/run\/user\/\d+\/(?:gvfs|doc)$/, type: /^fuse\./ },
  { what: 'credentials of services', point: /^\/run\/credentials\/[^/]+$/, type: /^(?:ramfs|tmpfs)$/ },
  {
    what: 'triggers of automatic mounts',
    point: /^\/(?:proc\/sys\/fs\/binfmt_misc|boot|boot\/efi|efi|net|misc|mnt\/.*|media\/.*)$/,
    type: /^autofs$/,
  },
  {
    what: 'file systems of the kernel that are mounted when something needs them',
    point:
      /^\/(?:proc\/sys\/fs\/binfmt_misc|sys\/kernel\/debug\/tracing|sys\/fs\/fuse\/connections|proc\/fs\/nfsd|(?:run|var\/lib\/nfs)\/rpc_pipefs)$/,
    type: /^(?:binfmt_misc|tracefs|fusectl|nfsd|rpc_pipefs)$/,
  },
  { what: 'programs that carry their own disk (AppImage)', point: /^\/tmp\/\.mount_[^/]+$/, type: /^fuse\./ },
];

/** Where a mount comes when somebody looks there, and goes again: /boot/efi, shares below /net. */
export function isTrigger({ point, type, root }: Pick<Mount, 'point' | 'type' | 'root'>): boolean {
  return type === 'autofs' && isMountNoise({ point, type, root });
}

/** Is it one of those? What is bound from elsewhere (its root is not "/") is none, but for namespaces. */
export function isMountNoise({ point, type, root }: Pick<Mount, 'point' | 'type' | 'root'>): boolean {
  if (root !== '/' && type !== 'nsfs' && root !== point && root !== point.replace(/^\/run/, '')) return false;
  return mountNoise.some((noise) => noise.point.test(point) && noise.type.test(type));
}
