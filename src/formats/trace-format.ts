/**
 * The description that the kernel gives of a trace event (events/SYSTEM/NAME/format): numbers, offsets and sizes of its
 * fields. They differ between kernels (RHEL adds common fields; 6.16 made comm a __data_loc), so they are read at start.
 * Source: kernel Documentation/trace/events.rst, kernel/trace/trace_events.c f_show().
 */

export interface TraceField {
  readonly name: string;
  /** C type as printed, e.g. "__data_loc char[]" or "__u8". */
  readonly type: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly signed: boolean;
}

export interface TraceFormat {
  readonly name: string;
  /** What records carry as common_type. */
  readonly id: number;
  readonly fields: ReadonlyMap<string, TraceField>;
}

const FIELD = /^\tfield:(.+);\s+offset:(\d{1,6});\s+size:(\d{1,6});\s+signed:([01]);$/;
const DECLARATION = /^(.*?)([A-Za-z_]\w*)(\[[^\]]*\])?$/;

/** Reads a `format` file; lines that start like a field and are none are in `rejects`. Undefined without name or id. */
export function parseTraceFormat(text: string): {
  readonly format: TraceFormat | undefined;
  readonly rejects: readonly string[];
} {
  const rejects: string[] = [];
  const fields = new Map<string, TraceField>();
  let name = '';
  let id = -1;
  for (const line of text.split('\n')) {
    if (line.startsWith('name: ')) name = line.slice(6);
    else if (/^ID: \d{1,6}$/.test(line)) id = Number(line.slice(4));
    else if (line.startsWith('\tfield:')) {
      const field = parseField(line);
      if (field) fields.set(field.name, field);
      else rejects.push(line);
    }
  }
  return { format: name !== '' && id >= 0 ? { name, id, fields } : undefined, rejects };
}

function parseField(line: string): TraceField | undefined {
  const match = FIELD.exec(line);
  const declaration = match && DECLARATION.exec(match[1] ?? '');
  if (!declaration) return undefined;
  const [, type = '', name = '', array = ''] = declaration;
  return {
    name,
    type: `${type.trim()}${array}`,
    offset: Number(match[2]),
    sizeBytes: Number(match[3]),
    signed: match[4] === '1',
  };
}
