/** Telltale: watches this host, says in plain words what changed, and keeps the evidence. Commands are in cli/. */

const [name, ...rest] = process.argv.slice(2);
// Cron calls logrotate on every host, mostly for nothing: it must not wait for commander and all that is behind it.
process.exitCode =
  name === 'logrotate'
    ? await (await import('#cli/logrotate.ts')).runLogrotate(rest)
    : await (await import('#cli/main.ts')).main(process.argv.slice(2));
