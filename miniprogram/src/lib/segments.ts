/** A stretch of media time that was played, in seconds, half-open. */
export type Segment = [from: number, to: number]

/** How far the position may run ahead of the clock between two events before it counts as a seek: events come late and bunched on cheap phones. */
const SLACK_SECONDS = 1.5
/** Two events no further apart than this, between which the position moved at the clock's pace, say that the player plays. */
const PACE_SECONDS = 2

/**
 * Collects what is really played out of a player's events. A stretch grows only
 * while the position moves as fast as the clock times the rate allows; a seek,
 * a pause, a stall or a time in the background ends it and counts for nothing.
 * A player that plays on after a call or another tab may not say so: that its
 * position moves again is enough.
 */
export class SegmentCollector {
  private done: Segment[] = []
  private from = 0
  private last: { position: number; at: number } | null = null
  /** Where the player stood at the last event while it was not known to play. */
  private idle: { position: number; at: number } | null = null
  private away = false

  constructor(private readonly now: () => number = Date.now) {}

  /** The player plays from here. */
  play(position: number): void {
    if (this.away) return
    this.close()
    this.idle = null
    this.from = position
    this.last = { position, at: this.now() }
  }

  /** The player reports its position; rate is the playback rate. */
  progress(position: number, rate: number): void {
    if (this.away) return
    const at = this.now()
    if (!this.last) return this.notice(position, rate, at)
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
    this.last = this.idle = null
  }

  /** The page left the screen: what plays until back() counts for nothing. */
  leave(): void {
    this.stop()
    this.away = true
  }

  /** The page is on the screen again. */
  back(): void {
    this.away = false
  }

  /** Takes what was played so far, merged and in order; playing goes on. */
  take(): Segment[] {
    this.close()
    if (this.last) this.from = this.last.position
    const taken = merge(this.done)
    this.done = []
    return taken
  }

  /** An event of a player that is not known to play: two of them at the clock's pace say that it does. A jump while it is paused does not. */
  private notice(position: number, rate: number, at: number): void {
    const { idle } = this
    const seconds = idle ? (at - idle.at) / 1000 : 0
    if (idle && seconds < 0.2 && position >= idle.position) return // too close to tell
    this.idle = { position, at }
    if (!idle || seconds > PACE_SECONDS) return
    const step = position - idle.position
    if (step < (seconds * rate) / 2 || step > seconds * rate + 0.25) return
    this.from = idle.position
    this.last = { position, at }
    this.idle = null
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
