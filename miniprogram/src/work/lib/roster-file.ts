/** The files that were uploaded since the page was opened, so that one can be read anew in another way. */
const files = new Map<string, File>()

export function remember(importId: string, file: File): void {
  files.set(importId, file)
}

export function fileOf(importId: string): File | undefined {
  return files.get(importId)
}
