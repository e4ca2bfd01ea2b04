import { describe, expect, it } from 'vitest'
import { merge, SegmentCollector, without } from '@/lib/segments'

/** A collector with a clock that the test moves. */
function setup() {
  let now = 1_000_000
  const collector = new SegmentCollector(() => now)
  /** Plays for so long in steps of a quarter second, as players report. */
  function play(from: number, seconds: number, rate = 1) {
    for (let t = 0.25; t <= seconds; t += 0.25) {
      now += 250
      collector.progress(from + t * rate, rate)
    }
  }
  return { collector, play, wait: (ms: number) => (now += ms) }
}

describe('what a player really plays', () => {
  it('is one stretch while it just plays', () => {
    const { collector, play } = setup()
    collector.play(0)
    play(0, 10)
    expect(collector.take()).toEqual([[0, 10]])
  })
  it('goes on after it was taken, without a gap or an overlap', () => {
    const { collector, play } = setup()
    collector.play(0)
    play(0, 5)
    expect(collector.take()).toEqual([[0, 5]])
    play(5, 5)
    expect(collector.take()).toEqual([[5, 10]])
    expect(collector.take()).toEqual([])
  })
  it('leaves out what a seek jumps over, forwards and backwards', () => {
    const { collector, play } = setup()
    collector.play(0)
    play(0, 5)
    collector.progress(100, 1)
    play(100, 5)
    collector.progress(20, 1)
    play(20, 2)
    expect(collector.take()).toEqual([
      [0, 5],
      [20, 22],
      [100, 105],
    ])
  })
  it('counts nothing for a seek to the end', () => {
    const { collector } = setup()
    collector.play(0)
    collector.progress(600, 1)
    collector.stop()
    expect(collector.take()).toEqual([])
  })
  it('counts nothing for the time of a pause', () => {
    const { collector, play, wait } = setup()
    collector.play(0)
    play(0, 3)
    collector.stop()
    wait(60_000)
    collector.progress(50, 1)
    collector.play(3)
    play(3, 2)
    expect(collector.take()).toEqual([[0, 5]])
  })
  it('runs at the speed of the player', () => {
    const { collector, play } = setup()
    collector.play(0)
    play(0, 5, 2)
    expect(collector.take()).toEqual([[0, 10]])
  })
  it('accepts events that come late and bunched', () => {
    const { collector, wait } = setup()
    collector.play(0)
    wait(2000)
    collector.progress(0.9, 1)
    collector.progress(2, 1)
    wait(100)
    collector.progress(3, 1)
    expect(collector.take()).toEqual([[0, 3]])
  })
})

describe('a player that does not say that it plays on', () => {
  it('is noticed by its position after another tab or a call', () => {
    const { collector, play, wait } = setup()
    collector.play(0)
    play(0, 5)
    collector.leave()
    play(5, 5) // plays on where nobody sees it
    collector.back()
    play(10, 5)
    wait(60_000)
    expect(collector.take()).toEqual([[0, 5], [10.25, 15]])
  })
  it('is noticed at any speed, also after a pause that came with the call', () => {
    const { collector, play } = setup()
    collector.play(0)
    collector.leave()
    collector.stop()
    collector.back()
    play(20, 5, 2)
    expect(collector.take()).toEqual([[20.5, 30]])
  })
  it('counts nothing in the background, whatever the player says there', () => {
    const { collector, play } = setup()
    collector.leave()
    collector.play(0)
    play(0, 30)
    expect(collector.take()).toEqual([])
  })
  it('is not taken for playing where it is paused and dragged along', () => {
    const { collector, wait } = setup()
    collector.play(0)
    collector.stop()
    for (const position of [10, 30, 20, 21.5, 90, 90, 90]) {
      wait(500)
      collector.progress(position, 1)
    }
    wait(60_000)
    collector.progress(95, 1)
    expect(collector.take()).toEqual([])
  })
})

describe('stretches', () => {
  it('join where they touch or overlap', () => {
    expect(merge([[5, 7], [0, 2], [2, 3], [6, 9]])).toEqual([[0, 3], [5, 9]])
  })
  it('lose what was refused', () => {
    expect(without([[0, 10]], [[3, 5]])).toEqual([[0, 3], [5, 10]])
    expect(without([[0, 10]], [[0, 10]])).toEqual([])
    expect(without([[0, 4], [6, 10]], [[3, 7]])).toEqual([[0, 3], [7, 10]])
    expect(without([[0, 4]], [[5, 9]])).toEqual([[0, 4]])
  })
})
