/// <reference lib="dom" />
import { keyFingerprint, parseVerifierKey } from '../../formats/note.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import type { Language } from '../../verify/messages.ts';
import { dropZone } from './drop-zone.ts';
import { code, foreign, h } from './elements.ts';
import { WORDS } from './words.ts';

/** The policy in use, with the file that it came from. */
export interface NamedPolicy {
  policy: TrustPolicy;
  fileName: string;
  sha256: string;
}

export interface PolicyPanelState {
  language: Language;
  named: NamedPolicy | undefined;
  /** Why the last file was not taken. */
  refusal: string | undefined;
}

/** The second place: whom the verifier trusts, and what that says, for comparison. */
export function policyPanel(
  { language, named, refusal }: PolicyPanelState,
  take: (file: File) => void,
  remove: () => void,
): HTMLElement {
  const word = (key: keyof typeof WORDS) => WORDS[key][language];
  const texts = { drop: word('policyDrop'), choose: word('policyChoose') };
  const zone = dropZone(
    'policy-input',
    texts,
    { multiple: false, accept: '.json,application/json', describedBy: 'policy-hint' },
    ([file]) => file && take(file),
  );
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'policy-heading' },
    h('h2', { id: 'policy-heading' }, h('span', { class: 'step' }, '2'), word('policyHeading')),
    h('p', { id: 'policy-hint', class: 'hint' }, word('policyHint')),
    zone,
    refusal !== undefined &&
      h('p', { class: 'refusal', role: 'alert' }, `${word('policyRefused')} `, foreign(refusal)),
    named === undefined
      ? h('p', { class: 'none-yet' }, word('policyNone'))
      : namedPolicy(named, language, remove),
  );
}

function namedPolicy(named: NamedPolicy, language: Language, remove: () => void): HTMLElement {
  const { policy, fileName } = named;
  const button = h(
    'button',
    { type: 'button', class: 'quiet small' },
    WORDS.policyRemove[language],
  );
  button.addEventListener('click', remove);
  return h(
    'div',
    { class: 'named' },
    h(
      'p',
      {},
      h('strong', {}, foreign(policy.name)),
      ' ',
      h('span', {}, foreign(fileName)),
      button,
    ),
    h(
      'details',
      {},
      h('summary', {}, WORDS.policyUncontrolled[language]),
      fingerprints(named, language),
    ),
  );
}

/** What a policy names, in the form in which people compare it. */
export function fingerprints({ policy, sha256 }: NamedPolicy, language: Language): HTMLElement {
  const list = h('dl', { class: 'prints' });
  const line = (name: string, value: HTMLElement, who: string) =>
    list.append(h('dt', {}, name, ' ', foreign(who)), h('dd', {}, value));
  for (const vkey of policy.logs.slice(0, 20)) {
    const key = parseVerifierKey(vkey);
    line(WORDS.logKey[language], code(keyFingerprint(key)), key.name);
  }
  for (const root of policy.signingRoots.slice(0, 20)) {
    line(WORDS.signingRoot[language], code(root.sha256), root.name);
  }
  line(WORDS.fileDigest[language], code(sha256), '');
  return list;
}
