#!/usr/bin/env node
/** `npm run bench`: a ready checkout, then the benchmarks of bench/ with the same arguments. */
const path = require('node:path');
const { onReadyCheckout, root } = require('./bootstrap');

onReadyCheckout(() => {
  const { run } = require('./_run');
  return run(process.execPath, ['--import', 'tsx', path.join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], {
    cwd: root,
  });
});
