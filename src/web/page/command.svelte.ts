/** What a person types on the host: "telltale", or in a clone the way to it. */

import { typedAs } from '#views/typed.ts';

class Command {
  /** Before logging in only whether it is a clone; the overview says the whole path. */
  name: string = $state(
    document.querySelector<HTMLMetaElement>('meta[name="telltale-command"]')?.content ?? 'telltale',
  );

  /** Words of ours with every command of ours as it is typed there. */
  typed(words: string): string {
    return typedAs(words, this.name);
  }
}

export const command = new Command();
