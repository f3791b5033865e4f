// SPDX-License-Identifier: Apache-2.0
// Reads redirect targets, one a line, and answers a letter for each: y if it is harmless for the URL parser of the web
// platform, also after its path was decoded as often as it can be, by a decoder that lets pass what it cannot decode.
'use strict';
const fs = require('fs');

const ORIGIN = 'https://site.example';

function judge(target) {
  let url;
  try {
    url = new URL(target, ORIGIN + '/auth/login');
  } catch {
    return 'u';
  }
  if (url.origin !== ORIGIN || url.username || url.password) return 'o';
  if (/^\/auth(\/|$)/.test(url.pathname)) return 'p';
  return 'y';
}

/** Bytes are characters here: only slashes, dots and letters matter. */
function decoded(path) {
  return path.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

function judgePath(target) {
  const verdict = judge(target);
  if (verdict !== 'y') return verdict;
  let path = target.replace(/[?#].*$/s, '');
  for (;;) {
    const walks = path.split('/').slice(1).some((segment, at, all) => /^\.\.?$/.test(segment) || (!segment && at < all.length - 1));
    if (walks) return 's';
    const again = decoded(path);
    if (again === path) return 'y';
    // What was decoded is a path from now on: its own ? and # and blanks belong to it.
    const judged = judge(again.replace(/[?# ]/g, '_'));
    if (judged !== 'y') return judged;
    path = again;
  }
}

const chunk = Buffer.alloc(65536);
let rest = '';
for (;;) {
  const size = fs.readSync(0, chunk);
  if (size === 0) break;
  const lines = (rest + chunk.latin1Slice(0, size)).split('\n');
  rest = lines.pop();
  if (lines.length) fs.writeSync(1, lines.map(judgePath).join(''));
}
