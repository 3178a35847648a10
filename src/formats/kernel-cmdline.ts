/** The kernel's command line, /proc/cmdline: Documentation/admin-guide/kernel-parameters. */

/** `name` with "-" as "_", as the kernel takes both; `value` "" where there is none. */
export interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly text: string;
}

/** Splits at blanks outside of double quotes; what follows "--" goes to init and is kept as parameters as well. */
export function parseCmdline(text: string): readonly Parameter[] {
  const words: string[] = [];
  let word = '';
  let quoted = false;
  for (const sign of text.trim()) {
    if (sign === '"') quoted = !quoted;
    if (!quoted && /\s/.test(sign)) {
      if (word !== '') words.push(word);
      word = '';
    } else word += sign;
  }
  if (word !== '') words.push(word);
  return words.map((whole) => {
    const plain = whole.replaceAll('"', '');
    const at = plain.indexOf('=');
    const name = (at < 0 ? plain : plain.slice(0, at)).replaceAll('-', '_');
    return { name, value: at < 0 ? '' : plain.slice(at + 1), text: plain };
  });
}

const SECRET = /pass|secret|token|(?:^|[._])key(?:$|[._])|cred/i;

/** The line again, with what may be a secret as "…": everybody on the host may read the original, mails go further. */
export function shownCmdline(parameters: readonly Parameter[]): string {
  return parameters.map(({ name, value, text }) => (value !== '' && SECRET.test(name) ? `${name}=…` : text)).join(' ');
}

/** Parameters that take a protection away, and what they do. A value of "*" stands for any. */
const weakening: readonly (readonly [name: string, values: readonly string[], words: string])[] = [
  ['mitigations', ['off'], 'protections against flaws of the processor are off'],
  ['nokaslr', ['*'], 'the kernel lies where an attack expects it'],
  ['selinux', ['0'], 'SELinux is off'],
  ['enforcing', ['0'], 'SELinux only warns'],
  ['apparmor', ['0'], 'AppArmor is off'],
  ['audit', ['0', 'off'], 'the audit log is off'],
  ['lockdown', ['none'], 'root may change the running kernel'],
  ['module.sig_enforce', ['0'], 'unsigned modules are taken'],
  ['nosmep', ['*'], 'the processor does not keep the kernel from running user memory'],
  ['nosmap', ['*'], 'the processor does not keep the kernel from reading user memory'],
  ['nopti', ['*'], 'the kernel is not kept apart from programs (Meltdown)'],
  ['pti', ['off'], 'the kernel is not kept apart from programs (Meltdown)'],
  ['nospectre_v1', ['*'], 'no protection against Spectre'],
  ['nospectre_v2', ['*'], 'no protection against Spectre'],
  ['spectre_v2', ['off'], 'no protection against Spectre'],
  ['spec_store_bypass_disable', ['off'], 'no protection against speculative store bypass'],
  ['iommu', ['off'], 'devices may read and write all memory'],
  ['intel_iommu', ['off'], 'devices may read and write all memory'],
  ['init_on_alloc', ['0'], 'old contents of memory are given to programs'],
  ['norandmaps', ['*'], 'memory lies where an attack expects it'],
  ['vsyscall', ['native', 'emulate'], 'old entry points into the kernel lie at fixed addresses'],
  ['rdinit', ['/bin/sh', '/bin/bash'], 'the machine boots into a root shell'],
  ['single', ['*'], 'the machine boots into a shell for repairs'],
  ['systemd.debug_shell', ['*'], 'a root shell without a password waits on a console'],
  ['systemd.unit', ['emergency.target', 'rescue.target'], 'the machine boots into a shell for repairs'],
  ['rd.break', ['*'], 'the machine stops in a root shell while it boots'],
];

/** First programs of systemd, sysvinit and others; any other that is named comes before all of the system. */
const INIT = /^(?:\/usr)?\/(?:s?bin|lib\/systemd)\/(?:init|systemd|runit(?:-init)?|openrc-init)$/;
const SHELL = /^(?:\/usr)?\/bin\/(?:da|ba)?sh$/;

function initWords({ name, value, text }: Parameter): readonly string[] {
  if (name !== 'init' || value === '' || INIT.test(value)) return [];
  return SHELL.test(value)
    ? [`${text}: the machine boots into a root shell`]
    : [`${text}: the machine starts ${value} first, not its usual init`];
}

/** What of the parameters takes protections away: "mitigations=off: protections … are off", each once. */
export function weakParameters(parameters: readonly Parameter[]): readonly string[] {
  const found = parameters.flatMap((parameter) => {
    const { name, value, text } = parameter;
    const weak = weakening.filter(
      ([other, values]) => other === name && (values.includes('*') || values.includes(value)),
    );
    return [...weak.map(([, , words]) => `${text}: ${words}`), ...initWords(parameter)];
  });
  return [...new Set(found)];
}
