#!/usr/bin/env node
const { load } = require('./_load');

void load('cli/main').then(({ main }) => main());
