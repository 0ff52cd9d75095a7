#!/usr/bin/env node
// The app of the projects that Firesteel keeps by itself, wherever on the disk they are: their folders have no modules.
void require('./_load').load('main');
