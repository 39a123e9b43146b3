import QRCode from 'qrcode';

/**
 * The modules of a QR code as text: one string a row, `1` dark, `0` light, without the quiet zone.
 * Error correction level M survives a stamp or a fold over 15 % of the symbol.
 */
export function qrMatrix(payload: string): string[] {
  const { modules } = QRCode.create(payload, { errorCorrectionLevel: 'M' });
  const rows: string[] = [];
  for (let row = 0; row < modules.size; row++) {
    let line = '';
    for (let column = 0; column < modules.size; column++) line += modules.get(row, column);
    rows.push(line);
  }
  return rows;
}
