import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** A unified diff of a file's text; an absent file is compared as `/dev/null`. */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  return createTwoFilesPatch(name(path, before), name(path, after), before ?? '', after ?? '', undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}

function name(path: string, text: string | undefined): string {
  return text === undefined ? '/dev/null' : path;
}
