import { z } from 'zod';

// Must be the first import of the page: zod otherwise tries `new Function` when the first record
// type is defined. The page's Content-Security-Policy refuses that, and browsers would report it.
z.config({ jitless: true });
