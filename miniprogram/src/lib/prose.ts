/** A paragraph of runs, some of them strong. */
export type Paragraph = { text: string; strong: boolean }[]

/** The words that an address carries. Browsers hand them over decoded, WeChat as they were written. */
export function wordsOf(parameter: string | undefined): string {
  try {
    return decodeURIComponent(parameter ?? '')
  } catch {
    return parameter ?? '' // decoded already, with a percent sign of its own
  }
}

/** Reads the little Markdown of the consent texts: paragraphs and **strong** words. */
export function paragraphs(text: string): Paragraph[] {
  return text
    .split(/\n\s*\n/)
    .map((p) => p.split('**').map((run, i) => ({ text: run, strong: i % 2 === 1 })).filter((run) => run.text !== ''))
    .filter((p) => p.length > 0)
}
