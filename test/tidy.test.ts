// The house rules that no linter knows.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');

/** What git knows or would add: never what happens to lie about. */
function projectFiles(): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const { stdout, status } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, 'git lists the files of the project');
  return stdout.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

const files = projectFiles();
const sources = files.filter((path) => path.endsWith('.ts'));
const documents = files.filter((path) => path.endsWith('.md'));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function importsOf(path: string): string[] {
  const text = read(path);
  const fixed = text.matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|^import '([^']+)'/gms);
  const late = text.matchAll(/\bimport\('([^']+)'\)/g);
  return [...fixed, ...late].map(([, from, bare]) => from ?? bare ?? '');
}

/** design: protocol ← engine ← server, protocol ← client ← web; the CLI may use client and server. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  engine: ['protocol'],
  server: ['protocol', 'engine'],
  client: ['protocol'],
  web: ['protocol', 'client'],
  cli: ['protocol', 'client', 'server'],
};

test('tidy: packages import only what the layout allows', () => {
  for (const path of sources) {
    const [, name = ''] = /^packages\/([^/]+)\/src\//.exec(path) ?? [];
    const allowed = MAY_IMPORT[name];
    if (name === '') continue;
    assert.ok(allowed, `${name} has a place in the layout`);
    for (const specifier of importsOf(path)) {
      const [, target] = /^@picostocks\/([^/]+)/.exec(specifier) ?? [];
      const isOwn = target === undefined || target === name;
      assert.ok(isOwn || allowed.includes(target), `${path} must not import ${specifier}`);
      const leaves =
        specifier.startsWith('.') &&
        !join(dirname(path), specifier).startsWith(`packages/${name}/`);
      assert.ok(!leaves, `${path} leaves its package by ${specifier}`);
    }
  }
});

test('tidy: the core has no clock, no chance, no locale and no waiting', () => {
  const banned = [
    /\bDate\b/,
    /\bMath\.(random|pow|exp|log|sin|cos|sqrt)\b/,
    /\btoLocale\w+\(/,
    /\blocaleCompare\b/,
    /\basync\b/,
    /\bawait\b/,
    /\bprocess\./,
    /\bsetTimeout\b/,
  ];
  for (const path of sources.filter((name) => /^packages\/(protocol|engine)\/src\//.test(name))) {
    const code = withoutComments(read(path));
    for (const pattern of banned) assert.doesNotMatch(code, pattern, `${path}: ${pattern}`);
  }
});

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

test('tidy: files are named for the one thing they hold', () => {
  const banned = /(^|\/)(utils?|helpers?|common|misc|shared|types|base|manager)\.ts$/;
  for (const path of sources.filter((name) => name.includes('/src/'))) {
    assert.doesNotMatch(path, banned);
    const isLong = read(path).split('\n').length > 400;
    assert.ok(!isLong, `${path} has more than 400 lines`);
  }
});

test('tidy: nothing is left to mend later, nothing is commented out', () => {
  const marks = new RegExp(['FIX', 'ME|X', 'XX'].join(''));
  for (const path of sources) {
    assert.doesNotMatch(read(path), marks, path);
    assert.doesNotMatch(read(path), /@ts-(ignore|nocheck)|\bas any\b/, path);
    assert.doesNotMatch(
      read(path),
      /^\s*\/\/\s*(const|let|return|if \(|for \(|await) .*[;{]$/m,
      path,
    );
  }
});

test('tidy: every source file is reached from an entry point', () => {
  const entries = sources.filter((path) =>
    /\/src\/(index|main|windows-exec|snapshot\/snapshot-process|testing\/index|thread\/[\w-]+-thread)\.ts$|\/test\/|^test\/|^bench\/|\.d\.ts$/.test(
      path,
    ),
  );
  const reached = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path) || !existsSync(join(ROOT, path))) continue;
    reached.add(path);
    for (const specifier of importsOf(path)) {
      if (specifier.startsWith('.')) queue.push(join(dirname(path), specifier));
    }
  }
  const dead = sources.filter((path) => path.includes('/src/') && !reached.has(path));
  assert.deepEqual(dead, []);
});

test('tidy: every document has one title, and its links lead somewhere', () => {
  for (const path of documents) {
    const text = read(path).replace(/^```[\s\S]*?^```/gm, '');
    assert.equal([...text.matchAll(/^# /gm)].length, 1, `${path} has one title`);
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      assert.ok(existsSync(join(ROOT, dirname(path), target)), `${path} links to ${target}`);
    }
  }
});

test('tidy: the README has the two commands', () => {
  const readme = read('README.md');
  assert.match(readme, /^npm ci && npm start$/m);
  assert.match(readme, /^npm ci && npm test$/m);
});

test('tidy: the lockfile has every platform that a dependency can run on', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const names = new Set(
    Object.keys(lock.packages).map((path) => path.split('node_modules/').pop()),
  );
  for (const [path, { optionalDependencies }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies ?? {})) {
      assert.ok(names.has(name), `${path} needs ${name} on some system`);
    }
  }
});
