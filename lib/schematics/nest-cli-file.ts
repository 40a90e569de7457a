import { memberOf } from '../validation/values.js';
import { STATE_FILE, type ProjectFiles } from './project.js';

const PATH = 'nest-cli.json';

/**
 * Excludes the state file from the assets that `nest start --watch` copies, and restarts for. It can only be among them if the
 * sources are in the root folder of the project, where the application writes it.
 *
 * @returns whether anything was changed.
 */
export function excludeFromAssets(files: ProjectFiles): boolean {
  if (!files.exists(PATH)) return false;
  const config: unknown = JSON.parse(files.readText(PATH));
  const assets = memberOf(memberOf(config, 'compilerOptions'), 'assets');
  const sourceRoot = memberOf(config, 'sourceRoot');
  if (!Array.isArray(assets) || typeof sourceRoot !== 'string' || !/^(?:\.?\/?)$/.test(sourceRoot))
    return false;
  let isChanged = false;
  assets.forEach((asset: unknown, index) => {
    const include = typeof asset === 'string' ? asset : memberOf(asset, 'include');
    const exclude = memberOf(asset, 'exclude');
    if (!covers(include) || covers(exclude)) return;
    const excluded = typeof exclude === 'string' ? `{${exclude},${STATE_FILE}}` : STATE_FILE;
    assets[index] = { ...(typeof asset === 'object' ? asset : { include }), exclude: excluded };
    isChanged = true;
  });
  if (isChanged) files.overwrite(PATH, `${JSON.stringify(config, null, 2)}\n`);
  return isChanged;
}

const WILDCARDS: Readonly<Record<string, string>> = {
  '**/': '(?:.*/)?',
  '**': '.*',
  '*': '[^/]*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
};

function covers(glob: unknown): boolean {
  if (typeof glob !== 'string') return false;
  const pattern = glob
    .replace(/^\.\//, '')
    .replaceAll(/\*\*\/|\*\*|[*?{,}]|[.+^$()|[\]\\]/g, (part) => WILDCARDS[part] ?? `\\${part}`);
  return new RegExp(`^${pattern}$`).test(STATE_FILE);
}
