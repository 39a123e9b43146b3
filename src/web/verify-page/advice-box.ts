/// <reference lib="dom" />
import type { Language } from '../../verify/messages.ts';
import { code, foreign, h } from './elements.ts';
import type { Outcome } from './outcome.ts';
import { WORDS } from './words.ts';

type Judged = Exclude<Outcome, { form: 'none' }>;

/**
 * Without a basis of trust: the fingerprints to compare, and how the policy names them. What stands
 * here comes from the material, so it is offered for comparison only, never taken over.
 */
export function adviceBox(
  { report, keys }: Judged,
  language: Language,
  hasPolicy: boolean,
): HTMLElement | undefined {
  if (!report.notChecked.includes('TRUST')) return undefined;
  const list = h('dl', { class: 'prints' });
  for (const { name, keyId, fingerprint } of keys) {
    list.append(h('dt', {}, WORDS.keyName[language]), h('dd', {}, foreign(`${name}+${keyId}`)));
    if (fingerprint === undefined) continue;
    list.append(h('dt', {}, WORDS.logKey[language]), h('dd', {}, code(fingerprint)));
  }
  const { signerRoot } = report.facts;
  if (signerRoot !== undefined) {
    list.append(h('dt', {}, WORDS.signingRoot[language]), h('dd', {}, code(signerRoot)));
  }
  const lines = policyLines(keys, signerRoot);
  return h(
    'section',
    { class: 'block advice' },
    h('h4', {}, WORDS.adviceHeading[language]),
    h('p', {}, WORDS[hasPolicy ? 'adviceOther' : 'adviceNoPolicy'][language]),
    list,
    lines !== '' &&
      h(
        'details',
        {},
        h('summary', {}, WORDS.adviceLines[language]),
        h('pre', { tabindex: '0' }, foreign(lines)),
      ),
  );
}

/** Members of a policy file that name these signers. */
function policyLines(keys: Judged['keys'], root: string | undefined): string {
  const logs = keys.flatMap(({ vkey }) => (vkey === undefined ? [] : [vkey]));
  const lines: string[] = [];
  if (logs.length > 0) lines.push(`"logs": ${JSON.stringify(logs)}`);
  if (root !== undefined) {
    lines.push(`"signingRoots": ${JSON.stringify([{ name: '…', sha256: root }])}`);
  }
  return lines.join(',\n');
}
