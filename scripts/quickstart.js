#!/usr/bin/env node
/** `npm run quickstart`: a ready checkout, then `firesteel quickstart` with the same arguments. */
const path = require('node:path');
const { onReadyCheckout, root } = require('./bootstrap');

onReadyCheckout(() => {
  const { run } = require('./_run');
  return run(process.execPath, [path.join(root, 'bin', 'firesteel.js'), 'quickstart', ...process.argv.slice(2)]);
});
