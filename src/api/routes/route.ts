import type { Access } from '../auth/authenticate.ts';
import type { Exchange } from '../exchange.ts';

/** One address of the interface: what it is called, who may call it, what it does. */
export interface Route {
  method: 'get' | 'post';
  /** Pattern of the path, as Express reads it. */
  path: string;
  access: Access;
  handle(exchange: Exchange): Promise<void>;
}
