import type { LogWriter } from './log-writer.ts';
import {
  packFailure,
  packOutcomes,
  unpackDeposits,
  type WriterAnswer,
  type WriterRequest,
} from './writer-messages.ts';

/** Answers the requests of another thread; never throws. */
export async function answerRequest(
  writer: LogWriter,
  request: WriterRequest,
): Promise<WriterAnswer> {
  const { id } = request;
  try {
    if (request.ask === 'ensureNote') {
      const { text, since } = request;
      return { id, answer: 'done', value: await writer.ensureNote(text, since) };
    }
    if (request.ask !== 'sequence') {
      return { id, answer: 'done', value: (await writer[request.ask]()) ?? undefined };
    }
    const { deposits, lane } = request;
    const batch = await writer.sequence(unpackDeposits(deposits), lane);
    return { id, answer: 'sequenced', outcomes: packOutcomes(batch) };
  } catch (error) {
    return { id, answer: 'failed', failure: packFailure(error) };
  }
}
