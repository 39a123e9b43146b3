/// <reference lib="dom" />

type Child = Node | string | undefined | false;

/**
 * Makes an element. Texts become text nodes, never markup: names and titles come from hostile
 * material.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  for (const child of children) if (child !== undefined && child !== false) element.append(child);
  return element;
}

/** A text out of the material: kept apart from its surroundings, so that it cannot reorder them. */
export function foreign(text: string): HTMLElement {
  const shown = text.length > 400 ? `${text.slice(0, 400)}…` : text;
  return h('bdi', {}, shown.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd'));
}

/** A hash or key: fixed width, in groups of eight, which people can read to one another. */
export function code(text: string): HTMLElement {
  const grouped = /^[0-9a-f]{64}$/.test(text) ? (text.match(/.{8}/g) ?? []).join(' ') : text;
  return h('code', {}, foreign(grouped));
}
