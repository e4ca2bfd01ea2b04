/** A stretch of media time that was played, in seconds, half-open. */
export type Segment = [from: number, to: number]

/** How far the position may run ahead of the clock between two events before it counts as a seek: events come late and bunched on cheap phones. */
const SLACK_SECONDS = 1.5

/**
 * Collects what is really played out of a player's events. A stretch grows only
 * while the position moves as fast as the clock times the rate allows; a seek,
 * a pause, a stall or a time in the background ends it and counts for nothing.
 */
export class SegmentCollector {
  private done: Segment[] = []
  private from = 0
  private last: { position: number; at: number } | null = null

  constructor(private readonly now: () => number = Date.now) {}

  /** The player plays from here. */
  play(position: number): void {
    this.close()
    this.from = position
    this.last = { position, at: this.now() }
  }

  /** The player reports its position; rate is the playback rate. */
  progress(position: number, rate: number): void {
    if (!this.last) return
    const at = this.now()
    const step = position - this.last.position
    const possible = ((at - this.last.at) / 1000) * rate + SLACK_SECONDS
    if (step < 0 || step > possible) {
      this.play(position)
      return
    }
    this.last = { position, at }
  }

  /** The player stands still: paused, ended, hidden or about to jump. */
  stop(): void {
    this.close()
    this.last = null
  }

  /** Takes what was played so far, merged and in order; playing goes on. */
  take(): Segment[] {
    this.close()
    if (this.last) this.from = this.last.position
    const taken = merge(this.done)
    this.done = []
    return taken
  }

  private close(): void {
    if (this.last && this.last.position > this.from) this.done.push([this.from, this.last.position])
    if (this.last) this.from = this.last.position
  }
}

/** Puts stretches in order and joins those that touch. */
export function merge(segments: Segment[]): Segment[] {
  const merged: Segment[] = []
  for (const [from, to] of [...segments].sort((a, b) => a[0] - b[0])) {
    const previous = merged[merged.length - 1]
    if (previous && from <= previous[1]) previous[1] = Math.max(previous[1], to)
    else merged.push([from, to])
  }
  return merged.map(([from, to]) => [round(from), round(to)])
}

/** The parts of the stretches that are outside the holes. */
export function without(segments: Segment[], holes: Segment[]): Segment[] {
  return holes.reduce<Segment[]>(
    (left, [from, to]) =>
      left.flatMap(([a, b]): Segment[] => [
        ...(a < Math.min(b, from) ? [[a, Math.min(b, from)] as Segment] : []),
        ...(Math.max(a, to) < b ? [[Math.max(a, to), b] as Segment] : []),
      ]),
    segments,
  )
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
