/** Trees and blocks that the cases share. `@/` is the folder of the case. */

export const ONE = 'echo one > log/a.log; chmod 640 log/a.log; chown daemon:adm log/a.log';
export const TWO = `${ONE}; echo two > log/b.log; chmod 600 log/b.log`;
export const OLD = `${ONE}; for n in 1 2 3; do echo old$n > log/a.log.$n; touch -d "2024-01-0$n 10:00" log/a.log.$n; done`;
export const OLD_GZ = `${ONE}; for n in 1 2 3; do echo old$n | gzip > log/a.log.$n.gz; touch -d "2024-01-0$n 10:00" log/a.log.$n.gz; done`;
export const DATED = `${ONE}; for n in 1 2 3 4; do echo old$n > log/a.log-2024010$n; touch -d "2024-01-0$n 10:00" log/a.log-2024010$n; done`;
export const DATED_GZ = `${ONE}; for n in 1 2 3 4; do echo old$n | gzip > log/a.log-2024010$n.gz; done`;

export const block = (body: string, names = '@/log/a.log'): string => `${names} {\n${body.replaceAll('; ', '\n')}\n}\n`;

export const SCRIPTS = ['firstaction', 'prerotate', 'postrotate', 'lastaction']
  .map((name) => `${name}\n echo "${name} $# <$1> <$2>" >> @/log/scripts; ls @/log >> @/log/scripts\nendscript`)
  .join('\n');

export const INC =
  "mkdir inc; printf 'rotate 7\\n@/log/b.log {\\n}\\n' > inc/b; printf 'rotatex\\n' > inc/a; printf 'rotate 9\\nrotate x\\n' > inc/c; : > inc/d; echo '}' > inc/e.bak; echo '}' > inc/f~; echo '}' > inc/g.rhn-cfg-tmp-x; mkdir inc/sub; chmod 644 inc/*; chmod 755 inc/sub";
