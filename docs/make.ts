// Documents that are made, not written: docs/rejections.md from the tables of the protocol, the reference part of
// docs/api.md from the OpenAPI document that a server serves, and the figures of docs/performance.md from the
// last results of the benchmark. `npm run docs` writes them; a test compares them.

import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { READ_HEADERS, REFUSALS, REJECTIONS } from '@picostocks/protocol';
import { DataFolder, Exchange, found, prepareGenesis } from '@picostocks/server';
import { formatResults, type Report } from '../bench/report.ts';

const REJECTIONS_PATH = join(import.meta.dirname, 'rejections.md');
const API_PATH = join(import.meta.dirname, 'api.md');
const PERFORMANCE_PATH = join(import.meta.dirname, 'performance.md');
const RESULTS_PATH = join(import.meta.dirname, '../bench/results/bench.json');
const REFERENCE_BEGINS = '<!-- made by npm run docs: everything below -->';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly pattern?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly const?: string | number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly description?: string;
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface OpenApi {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The OpenAPI document of a server that was started for it. */
async function readOpenApi(): Promise<OpenApi> {
  const path = mkdtempSync(join(tmpdir(), 'picostocks-docs-'));
  try {
    const folder = new DataFolder(path);
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const x = publicKey.export({ format: 'jwk' }).x ?? '';
    const operator = Buffer.from(x, 'base64url').toString('hex');
    const text = prepareGenesis(folder, { operator, sandbox: true });
    found(folder, sign(null, text, privateKey));
    const exchange = await Exchange.start({ folder, host: '127.0.0.1', port: 0, nodes: 1 });
    const response = await fetch(`${exchange.url}/openapi.json`);
    const openApi = (await response.json()) as OpenApi;
    await exchange.stop();
    return openApi;
  } finally {
    rmSync(path, { recursive: true });
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function makeRejections(): string {
  const rejections = Object.entries(REJECTIONS).map(([code, rule], index) => {
    const { status, sentence, transient } = rule;
    return [`${index + 1}`, `\`${code}\``, `${status}`, sentence, transient ? 'yes' : 'no'];
  });
  const refusals = Object.entries(REFUSALS).map(([code, { status, sentence }]) => {
    return [`\`${code}\``, `${status}`, sentence];
  });
  return `# Rejections and refusals

Every answer of 4xx or 5xx is \`{"detail": "ERROR: …", "code": "…"}\`. Programs compare \`code\`; \`detail\` is for people.

## Rejections

The command was sequenced and the market said no: it consumed its nonce, is in the log for ever and changed nothing else. The
answer has \`sequence\` and the consumed \`nonce\`. When several reasons hold, the one that stands first here is given. *Transient*: may
the same command, signed anew, succeed later without a change of its own?

${table(['', 'code', 'status', 'meaning', 'transient'], rejections)}

## Refusals

The door said no: this request added nothing to the log and consumed nothing. Where it helps, the answer has the \`nonce\` to use now. 429 and 503
have \`Retry-After\` and say nothing about an earlier send of the same bytes. 504 is the exception: the command was sent on and its outcome is not known;
[protocol.md](protocol.md) §4 says how to find out.

${table(['code', 'status', 'meaning'], refusals)}
`;
}

function typeName(schema: Schema): string {
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeName))].join(' or ');
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `array of ${typeName(schema.items ?? {})}`;
  if (schema.pattern?.includes('\\.[0-9]{18}') === true) return 'amount';
  if (schema.pattern?.includes('{1,18}') === true) return 'amount';
  return schema.type ?? 'any';
}

function fieldRows(schema: Schema, prefix = ''): string[][] {
  if (schema.type === 'array') return fieldRows(schema.items ?? {}, prefix);
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isOptional = schema.required?.includes(name) !== true;
    const row = [
      `\`${prefix}${name}\``,
      typeName(field) + (isOptional ? ', optional' : ''),
      // What an amount is stands once, in the document's own words.
      field.format === 'amount' ? '' : (field.description ?? ''),
    ];
    const inner = field.type === 'array' ? fieldRows(field.items ?? {}, `${prefix}${name}[].`) : [];
    return [row, ...inner];
  });
}

/** A body; one that has several forms, by its `type`: what they share, and then what each has of its own. */
function bodyTables({ anyOf: forms, ...schema }: Schema): string[] {
  const head = ['body field', 'type', ''];
  const [first] = forms ?? [];
  if (forms === undefined || first === undefined) return [table(head, fieldRows(schema))];
  const { params: _, type: _type, ...shared } = first.properties ?? {};
  const parts = [table(head, fieldRows({ ...first, properties: shared }))];
  for (const { properties = {} } of forms) {
    const { type = {}, params = {} } = properties;
    const rows = fieldRows(params);
    const name = `\`type\` ${typeName(type)}`;
    if (rows.length === 0) parts.push(`${name} has no \`params\`.`);
    else parts.push(`${name}, in \`params\`:`, table(['field', 'type', ''], rows));
  }
  return parts;
}

/** What a parameter may be, where that is a choice, and what it means. */
function parameterText({ description, schema }: Parameter): string {
  const choice = schema.enum === undefined ? [] : [`${typeName(schema)}.`];
  return [...choice, description ?? schema.description ?? ''].join(' ').trim();
}

/** Operations that differ in their address alone are told once. */
function makeOperation(addresses: readonly string[], operation: Operation): string {
  const [address = '', ...others] = addresses;
  const parts = [`### ${address}`, `${operation.summary ?? ''}.`];
  if (others.length > 0) parts.push(`Also: ${others.map((other) => `\`${other}\``).join(', ')}.`);
  if (operation.description !== undefined) parts.push(operation.description);
  const given = operation.parameters ?? [];
  // The same four headers everywhere are told once, in the document's own words.
  const canBeSigned = given.some(({ name }) => name === READ_HEADERS.user);
  if (canBeSigned) parts.push('A [signed read](#signed-reads) where reads are signed.');
  const parameters = given
    .filter((parameter) => !(canBeSigned && parameter.in === 'header'))
    .map((parameter) => [
      `\`${parameter.name}\``,
      parameter.in,
      parameter.required === true ? 'yes' : 'no',
      parameterText(parameter),
    ]);
  if (parameters.length > 0) parts.push(table(['parameter', 'in', 'needed', ''], parameters));
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  if (body !== undefined) parts.push(...bodyTables(body));
  const [[status, response] = ['', {}]] = Object.entries(operation.responses);
  const schema = Object.values((response as Content).content ?? {})[0]?.schema ?? {};
  const rows = fieldRows(schema);
  if (rows.length === 0) {
    parts.push(`Answers ${status}, ${typeName(schema)}. ${schema.description ?? ''}`.trim());
  } else {
    const shape = schema.type === 'array' ? 'an array of' : 'an object with';
    parts.push(`Answers ${status}, ${shape}:`, table(['field', 'type', ''], rows));
  }
  return parts.join('\n\n');
}

function makeReference({ tags, paths }: OpenApi): string {
  const sections = tags.map(({ name, description }) => {
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation.tags?.includes(name) === true)
        .map(([method, operation]) => ({ address: `${method.toUpperCase()} ${path}`, operation })),
    );
    const same = Map.groupBy(operations, ({ operation }) => JSON.stringify(operation));
    const told = [...same.values()].map((group) => {
      const [{ operation }] = group as [(typeof operations)[number]];
      const addresses = group.map(({ address }) => address);
      return makeOperation(addresses, operation);
    });
    return [`## ${description}`, ...told].join('\n\n');
  });
  return `${sections.join('\n\n')}\n`;
}

/** What each made document should hold, by path. */
export async function makeDocuments(): Promise<ReadonlyMap<string, string>> {
  const [written] = readFileSync(API_PATH, 'utf8').split(REFERENCE_BEGINS);
  const reference = makeReference(await readOpenApi());
  return new Map([
    [REJECTIONS_PATH, makeRejections()],
    [API_PATH, `${written}${REFERENCE_BEGINS}\n\n${reference}`],
    [PERFORMANCE_PATH, makePerformance()],
  ]);
}

function makePerformance(): string {
  const [written = ''] = readFileSync(PERFORMANCE_PATH, 'utf8').split(REFERENCE_BEGINS);
  const report = JSON.parse(readFileSync(RESULTS_PATH, 'utf8')) as Report;
  return `${written}${REFERENCE_BEGINS}\n\n${formatResults(report, '###')}`;
}

if (import.meta.main) {
  for (const [path, text] of await makeDocuments()) writeFileSync(path, text);
}
