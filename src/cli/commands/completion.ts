/** `telltale completion bash|zsh|fish`: the script that makes the shell ask us what may stand next. */

import { type Call, defineCommand } from '../command.ts';
import { scripts } from '../completion-scripts.ts';
import { exit } from '../exit.ts';

const show =
  (shell: keyof typeof scripts) =>
  ({ terminal }: Call): Promise<number> => {
    terminal.object({ shell, script: scripts[shell] });
    terminal.line({ shell, script: scripts[shell] });
    if (terminal.format === 'words') terminal.out(scripts[shell].trimEnd());
    return Promise.resolve(exit.ok);
  };

export default defineCommand({
  name: 'completion',
  summary: 'what your shell needs to complete commands, options, ids and ports',
  verbs: [
    { name: 'bash', summary: 'for bash: eval "$(telltale completion bash)"', run: show('bash') },
    {
      name: 'zsh',
      summary: 'for zsh: telltale completion zsh > /usr/local/share/zsh/site-functions/_telltale',
      run: show('zsh'),
    },
    {
      name: 'fish',
      summary: 'for fish: telltale completion fish > ~/.config/fish/completions/telltale.fish',
      run: show('fish'),
    },
  ],
});
