/**
 * Plays an auth stack through for somebody who knows no password, by the rules of libpam/pam_dispatch.c. What modules
 * answer is known for those of Linux-PAM and its kin; a module that nobody knows is taken to refuse.
 */

import type { PamLine } from './pam-stack.ts';

/** One step of a stack with what it includes put in; a substack is a list of its own. */
export type PamStep = { readonly line: PamLine } | { readonly substack: readonly PamStep[] };

/** refused; accepted; accepted under a condition (a name, a time, a program that says so). */
export type PamVerdict = 'refused' | 'accepted' | 'accepted under a condition';

/** Answer by what they were asked, not by a password: so they may accept or refuse anybody. */
const CONDITIONS =
  /^pam_(?:succeed_if|listfile|access|time|securetty|shells|exec|script|python|perl|usertype|localuser|rhosts|wheel|group_check|ftp|userlist|timestamp|debug)\.so$/;
/** Do something beside, and say nothing of who it is. */
const BYSTANDERS =
  /^pam_(?:env|mail|motd|limits|faildelay|faillock|tally2?|cap|gnome_keyring|kwallet5?|group|keyinit|loginuid|lastlog|umask|mkhomedir|systemd|echo|warn|issue|nologin|setquota|selinux|sepermit|namespace|ecryptfs|mount|tty_audit|xauth|stress|abl|shield|cracklib|pwquality|passwdqc|pwhistory|apparmor)\.so$/;

/** The verdict on the auth lines of a stack. */
export function verdictOf(steps: readonly PamStep[]): PamVerdict {
  if (isAccepted(steps, 'auth_err')) return 'accepted';
  return isAccepted(steps, 'success') ? 'accepted under a condition' : 'refused';
}

interface State {
  impression: 'undefined' | 'positive' | 'negative';
  accepted: boolean;
}

function isAccepted(steps: readonly PamStep[], condition: string): boolean {
  const state: State = { impression: 'undefined', accepted: false };
  play(steps, state, condition);
  return state.impression === 'positive' && state.accepted;
}

function play(steps: readonly PamStep[], state: State, condition: string): void {
  for (let at = 0; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined) return;
    if ('substack' in step) {
      // "done" and "die" inside end the substack only.
      play(step.substack, state, condition);
      continue;
    }
    const action = actionOf(step.line, condition);
    const skip = /^\d+$/.test(action) ? Number(action) : 0;
    at += skip;
    if (skip === 0 && act(action, answerOf(step.line, condition), state)) return;
  }
}

/** Whether the stack ends here. */
function act(action: string, answer: string, state: State): boolean {
  if (action === 'ignore') return false;
  if (action === 'reset') {
    state.impression = 'undefined';
    state.accepted = false;
    return false;
  }
  if (action === 'ok' || action === 'done') {
    if (state.impression === 'undefined' || (state.impression === 'positive' && state.accepted)) {
      state.impression = 'positive';
      state.accepted = answer === 'success';
    }
    return action === 'done' && state.impression === 'positive';
  }
  state.impression = 'negative';
  state.accepted = false;
  return action === 'die';
}

function actionOf(line: PamLine, condition: string): string {
  if (typeof line.control === 'string') return 'ignore';
  const answer = answerOf(line, condition);
  return line.control.get(answer) ?? line.control.get('default') ?? (answer === 'ignore' ? 'ignore' : 'bad');
}

function answerOf({ target, args }: PamLine, condition: string): string {
  const name = target.slice(target.lastIndexOf('/') + 1);
  if (name === 'pam_permit.so') return 'success';
  if (name === 'pam_wheel.so') return /\btrust\b/.test(args) ? condition : 'ignore';
  if (CONDITIONS.test(name)) return condition;
  return BYSTANDERS.test(name) ? 'ignore' : 'auth_err';
}
