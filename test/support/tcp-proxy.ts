import { connect, createServer, type Socket } from 'node:net';

/** What happens to a connection to the node behind the proxy. */
export type LineFault =
  | { kind: 'none' }
  /** The connection is refused as if nothing listened: it is closed at once. */
  | { kind: 'reset' }
  /** Bytes of the answer come after this many milliseconds. */
  | { kind: 'slow'; ms: number }
  /** The answer ends after this many bytes. */
  | { kind: 'truncated'; bytes: number }
  /** The request arrives, the answer never does. */
  | { kind: 'silent' }
  /** Every byte pair of the answer that reads `from` reads `to`; both of one length. */
  | { kind: 'forged'; from: string; to: string };

export interface TcpProxy {
  url: string;
  set(fault: LineFault): void;
  close(): Promise<void>;
}

/** A TCP proxy before a real node: real sockets, real faults. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  let fault: LineFault = { kind: 'none' };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    const present = fault;
    if (present.kind === 'reset') return client.resetAndDestroy();
    const node = connect(targetPort, '127.0.0.1');
    sockets.add(node);
    node.on('close', () => {
      sockets.delete(node);
      if (present.kind !== 'silent' && present.kind !== 'slow') client.end();
    });
    node.on('error', () => client.destroy());
    client.on('close', () => node.destroy());
    client.pipe(node);
    return carryBack(node, client, present);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    // Connections that are kept open would go on with the old behaviour.
    set(next) {
      fault = next;
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function carryBack(node: Socket, client: Socket, fault: LineFault): void {
  let left = fault.kind === 'truncated' ? fault.bytes : 0;
  node.on('data', (bytes) => {
    switch (fault.kind) {
      case 'slow':
        setTimeout(() => client.write(bytes), fault.ms);
        return;
      case 'truncated':
        client.write(bytes.subarray(0, left));
        left -= bytes.length;
        if (left <= 0) client.end();
        return;
      case 'forged':
        client.write(
          Buffer.from(bytes.toString('latin1').replaceAll(fault.from, fault.to), 'latin1'),
        );
        return;
      case 'silent':
      case 'reset':
        return;
      case 'none':
        client.write(bytes);
    }
  });
}
