import type { Jurisdiction } from '../../litigation/ports.ts';

/** Why a part cannot show its own pages in the bundle. */
export type SlipCode =
  | 'encrypted'
  | 'damaged'
  | 'no-pages'
  | 'dynamic-form'
  | 'portfolio'
  | 'fields-not-shown'
  | 'image-damaged'
  | 'image-variant'
  | 'record-invalid'
  | 'record-too-long'
  | 'unsupported';

const REASONS: Record<SlipCode, Record<Jurisdiction, string>> = {
  encrypted: {
    cn: '该PDF文件已加密，不解密则无法如实呈现其页面。',
    en: 'The PDF is encrypted; its pages cannot be shown faithfully without its key.',
  },
  damaged: {
    cn: '该PDF文件结构损坏或不是PDF文件，无法如实呈现其全部页面。',
    en: 'The file is damaged or no PDF; not all of its pages can be shown faithfully.',
  },
  'no-pages': { cn: '该PDF文件没有任何页面。', en: 'The PDF has no pages.' },
  'dynamic-form': {
    cn: '该文件是XFA动态表单，页面内容只能由专用软件生成。',
    en: 'The file is a dynamic XFA form; only special software can produce its pages.',
  },
  portfolio: {
    cn: '该文件是PDF文件包，内容在其附件之中。',
    en: 'The file is a PDF portfolio; its content is in its attachments.',
  },
  'fields-not-shown': {
    cn: '该PDF文件的表单域或批注没有保存外观，合并后将丢失所填或所标内容。',
    en: 'Form fields or marks of the PDF hold no appearance; merging would lose what they show.',
  },
  'image-damaged': {
    cn: '该图像文件损坏或不完整。',
    en: 'The image is damaged or incomplete.',
  },
  'image-variant': {
    cn: '该图像采用的编码方式不能无损置入PDF。',
    en: 'The image uses an encoding that cannot be placed in a PDF without loss.',
  },
  'record-invalid': {
    cn: '该结构化记录不是有效的JSON。',
    en: 'The structured record is not valid JSON.',
  },
  'record-too-long': {
    cn: '该结构化记录字段过多或嵌套过深，不宜逐项排印。',
    en: 'The structured record has too many fields, or nests them too deeply, to be printed.',
  },
  unsupported: {
    cn: '该文件类型不能转换为页面（如音频、视频、电子邮件、办公文档）。',
    en: 'Files of this type cannot be turned into pages (audio, video, mail, office documents).',
  },
};

/** Thrown while a part is read, caught by the assembler, which puts a slip sheet in its place. */
export class CannotMerge extends Error {
  readonly slip: SlipCode;

  constructor(slip: SlipCode, options?: ErrorOptions) {
    super(slip, options);
    this.slip = slip;
  }
}

/** The sentence that the slip sheet prints. */
export function slipReason(code: SlipCode, jurisdiction: Jurisdiction): string {
  return REASONS[code][jurisdiction];
}
