import { expect } from 'chai';
import { fromBase64, toHex } from '../../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import {
  checkCosignature,
  cosignatureLine,
  cosignedMessage,
  linesOf,
  parseWitnessKey,
  withSignatures,
  witnessKey,
} from '../../../src/formats/cosignature.ts';
import { checkNote, parseNote, parseVerifierKey } from '../../../src/formats/note.ts';
import { encodePolicy, parsePolicy } from '../../../src/formats/policy.ts';
import { witnessKey as noteKey, sampleLog, signWithWitness } from '../../vectors/sample-log.ts';

// From the text of c2sp.org/tlog-cosignature.
const SPEC_NOTE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

// Signed by the cosigner of filippo.io/torchwood (Go), over a checkpoint of this log.
const GO_COSIGNED = `rig.example/log
703
LsSZr+DGhAp6e+CoHn/ny7q6aJKd9bQpk95Otg2R5Dw=

— rig.example/log gZt3t9AqPVN7AaLGIdHAVE6+NSuqx9rFqgeGOHeYWEhxnkKOP8w50CH0A+MPIc2uz9VXLOi2ZSDpEeWrl9DTxXyesQc=
— auditor.example/2026 lvBntAAAAABrAvjvEudXlHP3zrlG2IE/Xj+nLBLi+WgA7tDIaqYYlYj6FNRVDrZVFKXu7jPymCrbNMyyQ2uc3KtYF8Jc3v513S1hAQ==
`;
const GO_WITNESS = 'auditor.example/2026+96f067b4+BJsPrRHs1Ok9/+vbtEeCS011hy3/M4pVrhYNmUf/HASa';
const GO_TIME = 1795356911;

const witness = witnessKey(noteKey.name, noteKey.publicKey);
const { first, second } = sampleLog();
const text = parseCheckpoint(first.note).note.text;
const line = cosignatureLine(text, witness, signWithWitness, 1_700_000_000);
const cosigned = withSignatures(first.note, [line]);

describe('cosignatures of checkpoints (C2SP tlog-cosignature)', () => {
  it('have the message and the structure of the specification', () => {
    const note = parseNote(SPEC_NOTE);
    const [, second] = note.signatures;
    expect(second?.name).to.equal('witness.example.com/w1');
    expect(second?.signature).to.have.length(72);
    const bytes = Buffer.from(second?.signature ?? []);
    expect(bytes.readBigUInt64BE(0)).to.equal(1_679_315_147n);
    expect(Buffer.from(cosignedMessage(note.text, 1_679_315_147)).toString()).to.equal(
      'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n' +
        'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    );
    expect(withSignatures(SPEC_NOTE, [])).to.equal(SPEC_NOTE);
  });

  it('of another implementation verify', () => {
    const key = parseWitnessKey(GO_WITNESS);
    const found = checkCosignature(parseNote(GO_COSIGNED), key);
    expect(found).to.deep.equal({ result: 'valid', time: GO_TIME });
    expect(parseCheckpoint(GO_COSIGNED).size).to.equal(703);
  });

  it('verify under the witness’s key, and leave the log’s signature as it was', () => {
    const note = parseNote(cosigned);
    expect(checkCosignature(note, witness)).to.deep.equal({ result: 'valid', time: 1_700_000_000 });
    expect(parseCheckpoint(cosigned).size).to.equal(5);
    expect(linesOf(note, witness)).to.deep.equal([line]);
    expect(withSignatures(cosigned, [line])).to.equal(cosigned);
  });

  it('count from the earliest time when there are several', () => {
    const earlier = cosignatureLine(text, witness, signWithWitness, 1_600_000_000);
    const note = parseNote(withSignatures(cosigned, [earlier]));
    expect(checkCosignature(note, witness)).to.include({ time: 1_600_000_000 });
  });

  it('are of one checkpoint, one time and one key', () => {
    const other = withSignatures(second.note, [line]);
    expect(checkCosignature(parseNote(other), witness).result).to.equal('invalid');
    const bytes = fromBase64(line.trim().split(' ')[2] ?? '');
    for (const at of [4, 11, 12, 75]) {
      const bad = bytes.slice();
      bad[at] = (bad[at] ?? 0) ^ 1;
      const spoilt = `— ${witness.name} ${Buffer.from(bad).toString('base64')}\n`;
      const note = parseNote(withSignatures(first.note, [spoilt]));
      expect(checkCosignature(note, witness).result, `byte ${at}`).to.equal('invalid');
    }
    const stranger = witnessKey('witness.example/w2', noteKey.publicKey);
    expect(checkCosignature(parseNote(cosigned), stranger).result).to.equal('absent');
  });

  it('cannot be taken for a note’s signature, nor a note’s signature for one', () => {
    expect(witness.keyId).not.to.equal(noteKey.keyId);
    expect(checkNote(parseNote(cosigned), noteKey)).to.equal('absent');
    expect(() => parseWitnessKey(noteKey.vkey)).to.throw(/verifier key/);
    expect(() => parseVerifierKey(witness.vkey)).to.throw(/verifier key/);
    expect(parseWitnessKey(witness.vkey)).to.deep.equal(witness);
  });

  it('that are cut or hold a text are refused or invalid, never valid', () => {
    const short = `— ${witness.name} ${line.trim().split(' ')[2]?.slice(0, 60)}\n`;
    const note = parseNote(withSignatures(first.note, [short]));
    expect(checkCosignature(note, { ...witness }).result).to.equal('invalid');
    expect(() => withSignatures(first.note, ['\nother text\n\n', line])).to.throw(/signed note/);
    expect(() => withSignatures(first.note, ['no line'])).to.throw(/signed note/);
  });

  it('are asked for by a policy that names each witness once', () => {
    const policy = {
      name: 'court',
      logs: [],
      registries: [],
      anchorsRequired: 0,
      signingRoots: [],
      tsaRoots: [],
      courts: [],
      witnesses: [witness.vkey],
      witnessesRequired: 1,
    };
    expect(parsePolicy(encodePolicy(policy))).to.deep.equal(policy);
    const renamed = witnessKey('other.example', witness.publicKey).vkey;
    for (const witnesses of [
      [witness.vkey, witness.vkey],
      [witness.vkey, renamed],
    ]) {
      expect(() => parsePolicy(encodePolicy({ ...policy, witnesses }))).to.throw(/twice/);
    }
    const wrong = encodePolicy({ ...policy, witnesses: [noteKey.vkey] });
    expect(() => parsePolicy(wrong)).to.throw(/verifier key/);
    expect(toHex(witness.publicKey)).to.have.length(64);
  });
});
