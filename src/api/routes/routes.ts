import { postBatch, postDeposit } from './deposits.ts';
import {
  findLoan,
  getCompleteness,
  getContent,
  getHistory,
  getProof,
  getReceipt,
} from './loans.ts';
import { getBundle, getCheckpoint, getTile, postCosignature } from './log.ts';
import type { Route } from './route.ts';
import { getHealth, getStatus } from './status.ts';

const LOAN = '/v1/loans/:evidenceNo';
const ENTRY = `${LOAN}/entries/:seq`;

/**
 * Every address and who may use it. Content, which is personal data, is for legal staff alone
 * (PIPL Art. 6: no more than the purpose needs); an auditor checks without it.
 */
export const ROUTES: readonly Route[] = [
  { method: 'post', path: '/v1/deposits', access: ['depositor'], handle: postDeposit },
  { method: 'post', path: '/v1/deposits\\:batch', access: ['depositor'], handle: postBatch },
  {
    method: 'get',
    path: '/v1/loans',
    access: ['depositor', 'legal', 'auditor'],
    handle: findLoan,
  },
  { method: 'get', path: LOAN, access: ['legal', 'auditor'], handle: getHistory },
  {
    method: 'get',
    path: `${ENTRY}/receipt`,
    access: ['depositor', 'legal', 'auditor'],
    handle: getReceipt,
  },
  {
    method: 'get',
    path: `${ENTRY}/proof`,
    access: ['legal', 'clerk', 'auditor'],
    handle: getProof,
  },
  { method: 'get', path: `${ENTRY}/content`, access: ['legal'], handle: getContent },
  {
    method: 'get',
    path: `${LOAN}/completeness`,
    access: ['legal', 'clerk', 'auditor'],
    handle: getCompleteness,
  },
  {
    method: 'get',
    path: '/v1/status',
    access: ['administrator', 'depositor', 'legal', 'clerk', 'auditor'],
    handle: getStatus,
  },
  {
    method: 'post',
    path: '/v1/log/cosignatures',
    access: ['auditor'],
    handle: postCosignature,
  },
  { method: 'get', path: '/healthz', access: 'public', handle: getHealth },
  { method: 'get', path: '/log/checkpoint', access: 'public', handle: getCheckpoint },
  { method: 'get', path: '/log/tile/entries/*path', access: ['auditor'], handle: getBundle },
  { method: 'get', path: '/log/tile/:level/*path', access: 'public', handle: getTile },
];
