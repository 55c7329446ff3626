/** @file The package's version, as models and reports record it; the release script keeps it equal to package.json. */
export const version = '0.1.0';
