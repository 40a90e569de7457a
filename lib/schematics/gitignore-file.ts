import { STATE_FILE, type ProjectFiles } from './project.js';

const PATH = '.gitignore';

/** Keeps the state out of the repository. @returns whether anything was changed. */
export function ignoreStateFile(files: ProjectFiles): boolean {
  if (!files.exists(PATH)) {
    files.create(PATH, `${STATE_FILE}\n`);
    return true;
  }
  const text = files.readText(PATH);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines.includes(STATE_FILE) || lines.includes(`/${STATE_FILE}`)) return false;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const blankLine = text === '' ? '' : text.endsWith('\n') ? newline : newline + newline;
  files.overwrite(PATH, `${text}${blankLine}# nestjs-maintenance-mode${newline}${STATE_FILE}${newline}`);
  return true;
}
