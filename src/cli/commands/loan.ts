import type { Command } from 'commander';
import { addLoanProofCommands } from './loan-proof.ts';

/** `cunzheng loan`: what is deposited of a loan, and the proof that it is all. */
export function addLoanCommand(program: Command): void {
  const loan = program
    .command('loan')
    .description('a loan: its history, and the proof that it is all');
  addLoanProofCommands(loan);
}
