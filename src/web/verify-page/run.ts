import { tasksOf } from './material.ts';
import { type Outcome, outcomeOf, type RunContext } from './outcome.ts';

/** What the verification says while it runs. */
export type Progress =
  | { step: 'reading'; done: number; total: number }
  | { step: 'checking'; name: string; at: number; of: number };

/** Above this the browser may run out of memory: the command line takes larger ones. */
export const MAX_TOTAL_BYTES = 2 ** 30;

/**
 * Reads the files, puts them together and verifies them one after the other.
 * @param breathe awaited between steps, so that a page without a worker can draw
 * @throws whatever the browser throws when a file cannot be read
 */
export async function run(
  files: File[],
  context: RunContext,
  tell: (progress: Progress) => void,
  breathe: () => Promise<void>,
): Promise<Outcome[]> {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const read: { name: string; bytes: Uint8Array }[] = [];
  for (const file of files) {
    const base = before;
    const bytes = await readFile(file, (done) =>
      tell({ step: 'reading', done: base + done, total }),
    );
    read.push({ name: file.name, bytes });
    before += file.size;
  }
  const tasks = tasksOf(read);
  const outcomes: Outcome[] = [];
  for (const [index, task] of tasks.entries()) {
    const { name } = 'file' in task ? task.file : task.form === 'proof' ? task.proof : task.receipt;
    tell({ step: 'checking', name, at: index + 1, of: tasks.length });
    await breathe();
    outcomes.push(outcomeOf(task, context));
  }
  return outcomes;
}

async function readFile(file: File, tell: (done: number) => void): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size);
  const reader = file.stream().getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value, at);
    at += value.length;
    tell(at);
  }
  if (at !== file.size) throw new Error(`${file.name}: ${at} of ${file.size} bytes`);
  return bytes;
}
