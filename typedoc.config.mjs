/** The API reference, from the comments of what the package exports: `npm run docs:api` writes it to docs/api. */
import { OptionDefaults } from 'typedoc';

export default {
  name: 'gnvpro',
  entryPoints: ['index', 'problems/index', 'datasets/index', 'experiments/index'].map((path) => `lib/${path}.ts`),
  tsconfig: 'tsconfig.build.json',
  out: 'docs/api',
  readme: 'none',
  disableSources: true,
  includeVersion: true,
  blockTags: [...OptionDefaults.blockTags, '@file'],
  excludeTags: [...OptionDefaults.excludeTags, '@file'],
  // What programs are inside, and tables that types are made from: nothing to call.
  intentionallyNotExported: [
    'Allocate',
    'ChosenScaling',
    'Convolution',
    'Declared',
    'Emitter',
    'EverywhereDefined',
    'Instruction',
    'Loss',
    'ObjectiveKind',
    'PerSample',
    'PlacedBlock',
    'Program',
    'DerivativesKind',
    'StoredMatrix',
    'Windows',
    'builtin',
    'common',
    'diversities',
    'scoreKinds',
    'stopStatuses',
    'validationMetrics',
  ],
  treatWarningsAsErrors: true,
};
