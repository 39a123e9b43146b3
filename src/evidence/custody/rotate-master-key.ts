import type { RotatingKeyVault, SecretStore, WrappedSecret } from '../ports.ts';

export interface RotationPorts {
  secrets: SecretStore;
  vault: RotatingKeyVault;
}

/** What a rotation did. */
export interface Rotation {
  /** Number of the master key from now on. */
  masterNumber: number;
  /** Secrets wrapped anew. */
  rewrapped: number;
  /** True when it finished one that had been broken off. */
  resumed: boolean;
}

const PAGE = 1000;

/**
 * Replaces the master key. Only the loan secrets are wrapped anew; content, salts and every other
 * key stay. A crash at any point leaves both keys and each secret under one of them, which it
 * names: everything goes on as before, and the next call finishes. The old key is destroyed last,
 * once a second look has found nothing under it.
 * @param onProgress called with the number of secrets looked at
 */
export async function rotateMasterKey(
  ports: RotationPorts,
  onProgress: (seen: number) => void = () => undefined,
): Promise<Rotation> {
  const { vault, secrets } = ports;
  const resumed = vault.masterNumbers().length > 1;
  if (!resumed) vault.addMasterKey();
  let rewrapped = 0;
  for (let changed = -1; changed !== 0; rewrapped += changed) {
    changed = await rewrapAll(ports, onProgress);
  }
  // Else the old wrapped bytes stay in the store's write-ahead log.
  await secrets.destroy([]);
  vault.retireMasterKeys();
  return { masterNumber: newest(vault), rewrapped, resumed };
}

/** Wraps what is under an older key anew. @returns how many there were */
async function rewrapAll(
  { secrets, vault }: RotationPorts,
  onProgress: (seen: number) => void,
): Promise<number> {
  let seen = 0;
  let changed = 0;
  for (let page = await secrets.page('', PAGE); page.length > 0; ) {
    const old = page.filter(({ wrapped }) => vault.numberOf(wrapped) !== newest(vault));
    if (old.length > 0) await secrets.rewrap(old.map((secret) => rewrap(vault, secret)));
    seen += page.length;
    changed += old.length;
    onProgress(seen);
    page = await secrets.page(page.at(-1)?.loanKey ?? '', PAGE);
  }
  return changed;
}

function rewrap(vault: RotatingKeyVault, { loanKey, wrapped }: WrappedSecret): WrappedSecret {
  return { loanKey, wrapped: vault.wrap(vault.unwrap(wrapped, loanKey), loanKey) };
}

function newest(vault: RotatingKeyVault): number {
  return vault.masterNumbers().at(-1) ?? 1;
}
