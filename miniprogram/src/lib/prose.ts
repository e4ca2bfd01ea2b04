/** A paragraph of runs, some of them strong. */
export type Paragraph = { text: string; strong: boolean }[]

/** The text in a parameter of an address. Browsers decode it, WeChat does not. */
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
