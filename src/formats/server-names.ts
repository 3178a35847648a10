/** Names and addresses of servers that this machine depends on, out of the configuration of others. */

/** resolv.conf(5): "nameserver ADDRESS"; scope of a link-local address is left off. */
export function resolversOf(text: string): readonly string[] {
  return collect(text, (line) => {
    const match = /^nameserver[ \t]+(\S+)/.exec(line);
    return match === null ? [] : [(match[1] ?? '').replace(/%.*$/, '')];
  });
}

/** "server|pool|peer NAME …" of chrony.conf(5), ntp.conf(5) and ntpd.conf(5), "NTP=" of timesyncd.conf(5). */
export function timeServersOf(text: string): readonly string[] {
  return collect(text, (line) => {
    const server = /^(?:servers?|pool|peer)[ \t]+(?:-[46][ \t]+)?(\S+)/i.exec(line);
    if (server !== null) return [server[1] ?? ''];
    const list = /^(?:NTP|FallbackNTP)=(.*)$/.exec(line);
    return list === null ? [] : (list[1] ?? '').split(/\s+/);
  });
}

/** "REMOTE_HOST=" of a session file of systemd-logind (/run/systemd/sessions), when the session is open. */
export function remoteHostOf(session: string): string | undefined {
  if (!/^STATE=(?:active|online)$/m.test(session)) return undefined;
  return /^REMOTE_HOST=(\S+)$/m.exec(session)?.[1];
}

function collect(text: string, read: (line: string) => readonly string[]): readonly string[] {
  const found = text.split('\n').flatMap((line) => read(line.trim()));
  return [...new Set(found.filter((name) => /^[\w.:-]{1,253}$/.test(name)))];
}
