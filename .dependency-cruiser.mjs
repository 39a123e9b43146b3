// The folders tell the data's way; imports run one way only. Run by `npm run check`.
const folder = (names) => `^src/(${names.join('|')})/`;
const only = (from, allowed) => ({
  name: `${from}-imports`,
  comment: `src/${from} may import only: itself, ${allowed.join(', ') || 'nothing else of src'}`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: folder([from, ...allowed]) },
});
const browserSafe = (from) => ({
  name: `${from}-runs-in-a-browser`,
  comment: `src/${from} is pure: no Node built-in, no I/O library, no adapter`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { dependencyTypes: ['core'] },
});

export default {
  forbidden: [
    only('formats', []),
    only('claim', ['formats']),
    only('verify', ['formats', 'claim']),
    only('evidence', ['formats', 'claim', 'verify']),
    only('litigation', ['formats', 'claim', 'verify', 'evidence']),
    browserSafe('formats'),
    browserSafe('claim'),
    browserSafe('verify'),
    {
      name: 'adapters-import-ports-only',
      comment:
        'an adapter sees formats, claim, verify, port types and its own folder; never a service',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(formats|claim|verify|adapters)/', '/(ports|errors)\\.ts$'],
      },
    },
    {
      name: 'services-do-not-import-adapters',
      comment: 'compose.ts alone wires adapters into services',
      severity: 'error',
      from: { path: '^src/(evidence|litigation|jobs|api)/' },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'faces-only',
      comment: 'litigation, api, jobs and cli reach evidence through evidence/index.ts or ports.ts',
      severity: 'error',
      from: { path: '^src/(litigation|api|jobs|cli)/' },
      to: { path: '^src/evidence/', pathNot: '^src/evidence/(index|ports)\\.ts$' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
