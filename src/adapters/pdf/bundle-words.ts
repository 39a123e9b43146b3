import type { Jurisdiction } from '../../litigation/ports.ts';

/** The few words that the bundle itself speaks; everything else is in the templates. */
export interface BundleWords {
  language: string;
  contents: string;
  pageOf(page: number, total: number): string;
  partPage(mark: string, page: number, total: number): string;
  bookmark(label: string, page: number): string;
}

export const BUNDLE_WORDS: Record<Jurisdiction, BundleWords> = {
  cn: {
    language: 'zh-CN',
    contents: '卷宗目录',
    pageOf: (page, total) => `第 ${page} 页　共 ${total} 页`,
    partPage: (mark, page, total) => (total === 1 ? mark : `${mark} · ${page}/${total}`),
    bookmark: (label, page) => `${label}（第${page}页）`,
  },
  en: {
    language: 'en-GB',
    contents: 'Index to the bundle',
    pageOf: (page, total) => `Page ${page} of ${total}`,
    partPage: (mark, page, total) => (total === 1 ? mark : `${mark} · ${page}/${total}`),
    bookmark: (label, page) => `${label} (p. ${page})`,
  },
};
