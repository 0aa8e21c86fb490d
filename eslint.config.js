import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules/**', 'out/**', 'cdk.out/**', '.virtual-soc/**', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-imports': ['error', { patterns: ['**/node_modules/**'] }],
      eqeqeq: ['error', 'always'],
    },
  },
  {
    // The one script that runs in a browser. Text of findings reaches the page as text content only.
    files: ['local/report/*.js'],
    extends: [tseslint.configs.base],
    languageOptions: {
      sourceType: 'script',
      globals: { document: 'readonly', Node: 'readonly' },
    },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-undef': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-shadow': 'error',
      'no-eval': 'error',
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'write'].map((property) => ({ property })),
      ],
    },
  },
  {
    // The domain core is pure: nothing outside the language and node:crypto.
    files: ['lambda/core/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Date.now', 'setTimeout', 'fetch'],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            '**/adapters/**',
            '@aws-sdk/*',
            '@aws-lambda-powertools/*',
            'sequelize',
            'pg',
            'node:fs*',
            '../../*',
          ],
        },
      ],
    },
  },
);
