/**
 * Options of the kernel that files of boot loaders will pass on: /etc/default/grub (a shell file of assignments), grub.cfg
 * (GRUB manual, "linux"), entries of systemd-boot (Boot Loader Specification, "options"), extlinux ("append"), and files
 * that are nothing but a command line (kernel-install(8), Raspberry Pi).
 */

import { type Parameter, parseCmdline } from './kernel-cmdline.ts';

/** A line that a boot loader passes on at most (COMMAND_LINE_SIZE of all machines). */
const MAX_LINE = 4096;
const ASSIGNMENT = /^\s*(?:export\s+)?GRUB_CMDLINE_[A-Z_]{1,60}\+?=(.*)$/;
const PASSED_ON = /^\s*(?:linux(?:16|efi)?\s+\S+|options|append)\s+(.*)$/i;

/** Every parameter of the lines once, in order. */
function parametersOf(lines: readonly string[]): readonly Parameter[] {
  const found = new Map<string, Parameter>();
  for (const line of lines)
    for (const parameter of parseCmdline(line.slice(0, MAX_LINE))) found.set(parameter.text, parameter);
  return [...found.values()];
}

/** Of a file that assigns, or passes options on line by line; a "\" at the end of a line goes on in the next. */
export function parseBootOptions(text: string): readonly Parameter[] {
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  return parametersOf(
    lines.flatMap((line) => {
      const assigned = ASSIGNMENT.exec(line)?.[1];
      if (assigned !== undefined) return [withoutQuotes(assigned)];
      const passed = PASSED_ON.exec(line)?.[1];
      return passed === undefined ? [] : [passed];
    }),
  );
}

/** Of a file that is a command line; lines that begin with "#" are not read. */
export function parseBootLine(text: string): readonly Parameter[] {
  return parametersOf(text.split('\n').filter((line) => !line.startsWith('#')));
}

/** The shell's outer quotes; what stands within, as $GRUB_CMDLINE_LINUX, stays as it is written. */
function withoutQuotes(value: string): string {
  const text = value.trim();
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text;
  const end = text.indexOf(quote, 1);
  return end < 0 ? text.slice(1) : text.slice(1, end);
}
