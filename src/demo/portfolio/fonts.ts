import { fileURLToPath } from 'node:url';

const PACKAGE = '@expo-google-fonts/noto-serif-sc';

/** Paths of the two weights of Noto Serif SC (SIL OFL) that papers and scans are set in. */
export const FONT_FILES = {
  regular: fontFile('400Regular', 'NotoSerifSC_400Regular.ttf'),
  bold: fontFile('700Bold', 'NotoSerifSC_700Bold.ttf'),
} as const;

function fontFile(weight: string, name: string): string {
  return fileURLToPath(import.meta.resolve(`${PACKAGE}/${weight}/${name}`));
}
