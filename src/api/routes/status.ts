import { checkpointRoot } from '../../evidence/index.ts';
import type { Exchange } from '../exchange.ts';

/** GET /v1/status: size, head, key of the log, and what is known of anchors and chains. */
export async function getStatus({ response, services }: Exchange): Promise<void> {
  const { evidence } = services;
  const checkpoint = await evidence.latestCheckpoint();
  const head = checkpoint && {
    size: checkpoint.size,
    root: checkpointRoot(checkpoint),
    publishedAt: checkpoint.publishedAt,
  };
  response.json({
    size: await evidence.treeSize(),
    vkey: evidence.vkey,
    head: head ?? null,
    anchoring: await services.status(),
  });
}

/** GET /healthz: whether the store answers. */
export async function getHealth({ response, services }: Exchange): Promise<void> {
  await services.evidence.treeSize();
  response.json({ status: 'ok' });
}
