/** PortSentry's lines, so that what reads them goes on working. See docs/notifiers/attackalert.md. */

import * as v from 'valibot';
import { attackLine, historyLine, type Probe, portsIn, syslogMessage } from '#formats/attackalert.ts';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { Alert } from '#model/finding.ts';
import { defineNotifier } from '#model/notifier.ts';
import { AlertLog } from './alert-log.ts';
import { pathSetting } from './setting-types.ts';

const settings = v.strictObject({
  wording: v.optional(v.picklist(['1.2', '1.0'], 'must be "1.2" or "1.0", in quotes'), '1.2'),
  socket: v.optional(pathSetting, '/dev/log'),
  syslog: v.optional(v.boolean(), true),
  history: v.optional(pathSetting),
  blocked: v.optional(pathSetting),
  lines: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 10),
});

/** Rules about scans that come from one address: PortSentry knew no others. */
const rules: ReadonlySet<string> = new Set(['port-scan']);

export default defineNotifier({
  name: 'attackalert',
  doc: 'Writes the attackalert lines of PortSentry to syslog, and keeps its history and blocked files.',
  kind: 'alerts',
  settings,
  secrets: [],
  open({ host, settings: own }) {
    const history = own.history === undefined ? undefined : new AlertLog(own.history);
    const blocked = own.blocked === undefined ? undefined : new AlertLog(own.blocked);
    return Promise.resolve({
      async send({ alert, update }, signal) {
        if (alert.finding.rule === 'notify-test') tell(['adminalert: Telltale writes here; this is a test']);
        // One incident was hundreds of lines there; here its first ports speak for it, once.
        const probes = update ? [] : probesOf(alert, own.lines);
        const [first] = probes;
        if (first === undefined) return;
        if (own.syslog) tell(probes.map((probe) => attackLine(probe, own.wording)));
        const line = historyLine(first, alert.firstMs);
        await history?.append(line, signal);
        await blocked?.append(line, signal);
      },
      [Symbol.asyncDispose]() {
        history?.[Symbol.dispose]();
        blocked?.[Symbol.dispose]();
        return Promise.resolve();
      },
    });

    function tell(lines: readonly string[]): void {
      for (const line of lines) {
        const failure = host.datagram(
          own.socket,
          syslogMessage(line, { timeMs: host.clock.nowMs(), pid: process.pid }),
        );
        if (failure !== undefined)
          throw new Error(
            `Cannot write to "${own.socket}": ${failure.error}. Start the syslog daemon, or set "syslog: false"`,
          );
      }
    }
  },
});

function probesOf({ finding }: Alert, limit: number): readonly Probe[] {
  const { source, facts, rule } = finding;
  if (!rules.has(rule) || source === undefined || !isPrefix(parsePrefix(source.ip))) return [];
  const { ports, kind } = facts;
  if (typeof ports !== 'string') return [];
  return portsIn(ports, limit).map(({ protocol, port }) => ({
    ip: source.ip,
    kind: String(kind ?? ''),
    protocol,
    port,
  }));
}
